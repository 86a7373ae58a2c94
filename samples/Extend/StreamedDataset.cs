using LongAlign.Models;
using LongAlign.Sequences;
using LongAlign.Training;

namespace Extend;

/// <summary>Sequences that are made when their batch is due: only lengths and target counts are known before. A file or a service would be read likewise.</summary>
internal sealed class StreamedDataset : ISequenceDataset
{
    private readonly int[] _lengths = [.. Enumerable.Range(0, 12).Select(i => 16 + (i * 37 % 300))];
    private readonly int[] _targetCounts;

    public StreamedDataset() => _targetCounts = Array.ConvertAll(_lengths, length => length - 1); // every token but the first is to be predicted

    public int Count => _lengths.Length;

    public ReadOnlySpan<int> Lengths => _lengths;

    public ReadOnlySpan<int> TargetCounts => _targetCounts;

    public int CountTargets(int index, int start, int length) => length - 1;

    public void CopyTo(int index, int start, Span<long> inputIds, Span<long> labels)
    {
        for (int t = 0; t < inputIds.Length; t++)
        {
            inputIds[t] = labels[t] = 100 + ((index + start + t) % 50);
        }
    }

    public string? GetSource(int index) => $"counting, from {index}";

    public static async Task<string> RunAsync()
    {
        ConcatDataset joined = new(Tiny.Conversations, new StreamedDataset());
        int[] shortOnes = [.. Enumerable.Range(0, joined.Count).Where(i => joined.Lengths[i] <= 256)];
        using CausalLanguageModel model = Tiny.Model();
        TrainingResult result = await LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(joined.Subset(shortOnes))
            .UsePacking(packing => (packing.Capacity, packing.GlobalBatchSize) = (512, 8)).UseAdamW(1e-3)
            .Build().TrainAsync();
        return $"{shortOnes.Length} of {joined.Count} sequences, {Tiny.Summary(result)}";
    }
}
