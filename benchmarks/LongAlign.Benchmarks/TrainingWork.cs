using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Data;
using LongAlign.Models;
using LongAlign.Packing;
using LongAlign.Sequences;
using LongAlign.Training;

namespace LongAlign.Benchmarks;

/// <summary>
/// An epoch of the sample data through the sample model, from the same weights: every eighth conversation by length, 75 of them, one in ten a long document; 6 in 100 of
/// whose tokens are targets. Every batching trains on the same tokens; a padded batch has 8 conversations, a pack 8,192 tokens.
/// </summary>
internal static class TrainingWork
{
    private const int Capacity = 8_192;
    private const int BatchSize = 8;
    private const int KeepOneOf = 8;

    private static readonly string Data = Path.Combine(AppContext.BaseDirectory, "data");

    private static readonly Lazy<ISequenceDataset> Conversations = new(Load);

    public static TrainingResult Naive() => Train(builder => builder.UseNaiveBatching(batching => batching.BatchSize = BatchSize));

    public static TrainingResult Sorted() => Train(builder => builder.UseSortedBatching(batching => batching.BatchSize = BatchSize));

    public static TrainingResult Packed() => Train(builder => builder.UsePacking(packing => packing.Capacity = Capacity));

    public static TrainingResult Balanced() => Train(builder =>
    {
        ISequenceDataset dataset = Conversations.Value;
        PackingPlan plan = PackingAlgorithm.BestFitDecreasing.Pack(dataset.Lengths, Capacity);
        return builder.UseBatching(new BalancedBatchSampler(plan, dataset, AttentionCostModel.Llama7B64k, seed: 42), new PackedBatchCollator(dataset));
    });

    private static TrainingResult Train(Func<LongAlignTrainerBuilder, LongAlignTrainerBuilder> useBatching)
    {
        using CausalLanguageModel model = CausalLanguageModel.Create(ModelConfig.Load(Path.Combine(Data, "tiny-llama")), seed: 42);
        LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(Conversations.Value).UseLossWeighting().UseAdamW(1e-3);
        return useBatching(builder).Build().TrainAsync().GetAwaiter().GetResult();
    }

    private static InMemoryDataset Load()
    {
        TokenizedDataset all = ChatDataset.Load(Path.Combine(Data, "short.jsonl"), Path.Combine(Data, "long.jsonl"))
            .Tokenize(ModelTokenizer.Load(Path.Combine(Data, "tiny-llama")), ChatTemplate.LongAlignLlama, maxLength: Capacity);
        int[] kept = [.. Enumerable.Range(0, all.Count).OrderByDescending(i => all[i].Length).Where((_, place) => place % KeepOneOf == 0)];
        new Random(42).Shuffle(kept);
        return new InMemoryDataset(kept.Select(i => all[i]));
    }
}
