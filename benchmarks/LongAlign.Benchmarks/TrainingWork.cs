using LongAlign.Models;
using LongAlign.Packing;
using LongAlign.Samples;
using LongAlign.Sequences;
using LongAlign.Training;

namespace LongAlign.Benchmarks;

/// <summary>
/// An epoch of the sample data through the sample model, from the same weights: every eighth conversation by length, 75 of them, one in ten a long document; 6 in 100 of
/// whose tokens are targets. Every batching trains on the same tokens; a padded batch has 8 conversations, a pack 8,192 tokens.
/// </summary>
internal static class TrainingWork
{
    private const int Capacity = SampleConversations.MaxLength;
    private const int BatchSize = 8;
    private const int KeepOneOf = 8;

    private static readonly Lazy<ISequenceDataset> Conversations = new(() => SampleConversations.LoadTraining(KeepOneOf));

    public static TrainingResult Naive() => Train(builder => builder.UseNaiveBatching(batching => batching.BatchSize = BatchSize));

    public static TrainingResult Sorted() => Train(builder => builder.UseSortedBatching(batching => batching.BatchSize = BatchSize));

    /// <summary>As packing is by default: the sequences of a step first.</summary>
    public static TrainingResult Packed() => Pack(_ => { });

    public static TrainingResult PacksFirst() => Pack(packing => packing.PacksFirst = PackingAlgorithm.BestFitDecreasing);

    public static TrainingResult Balanced() => Pack(packing =>
    {
        packing.PacksFirst = PackingAlgorithm.BestFitDecreasing;
        packing.BalancePacks = true;
    });

    private static TrainingResult Pack(Action<PackingOptions> configure) => Train(builder => builder.UsePacking(packing =>
    {
        packing.Capacity = Capacity;
        configure(packing);
    }));

    private static TrainingResult Train(Func<LongAlignTrainerBuilder, LongAlignTrainerBuilder> useBatching)
    {
        using CausalLanguageModel model = CausalLanguageModel.Create(ModelConfig.Load(SampleConversations.ModelFolder), seed: 42);
        LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(Conversations.Value).UseAdamW(1e-3);
        return useBatching(builder).Build().TrainAsync(epochs: 1).GetAwaiter().GetResult();
    }
}
