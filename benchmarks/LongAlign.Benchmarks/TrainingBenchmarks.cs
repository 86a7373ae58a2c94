using BenchmarkDotNet.Attributes;
using LongAlign.Models.Llama;
using LongAlign.Sequences;
using LongAlign.Training;

namespace LongAlign.Benchmarks;

/// <summary>
/// End to end: one epoch of 64 sequences of the long mix at a thirty-second of its lengths (longest about 2,000 tokens, one token in
/// five a target) through a four-layer Llama. Every batching trains on the same tokens.
/// </summary>
[MemoryDiagnoser]
public class TrainingBenchmarks
{
    private const int Capacity = Workloads.Capacity / 32;
    private const int BatchSize = 4;

    private readonly InMemoryDataset _dataset = Workloads.Dataset([.. Workloads.LongMix(64).Select(length => Math.Max(2, length / 32))], 0.2, 8_000);

    private readonly LlamaConfig _config = new()
    {
        VocabularySize = 8_000,
        HiddenSize = 128,
        IntermediateSize = 352,
        LayerCount = 4,
        HeadCount = 4,
        KeyValueHeadCount = 2,
        MaxPositions = Capacity,
        TieWordEmbeddings = true,
    };

    [Benchmark(Baseline = true)]
    public Task<TrainingResult> Naive() => TrainAsync(builder => builder.UseNaiveBatching(batching => batching.BatchSize = BatchSize));

    [Benchmark]
    public Task<TrainingResult> Sorted() => TrainAsync(builder => builder.UseSortedBatching(batching => batching.BatchSize = BatchSize));

    [Benchmark]
    public Task<TrainingResult> Packed() => TrainAsync(builder => builder.UsePacking(packing => packing.Capacity = Capacity));

    private async Task<TrainingResult> TrainAsync(Func<LongAlignTrainerBuilder, LongAlignTrainerBuilder> useBatching)
    {
        using LlamaForCausalLM model = LlamaForCausalLM.Create(_config, seed: 42);
        LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(_dataset).UseLossWeighting().UseAdamW(1e-3);
        return await useBatching(builder).Build().TrainAsync().ConfigureAwait(false);
    }
}
