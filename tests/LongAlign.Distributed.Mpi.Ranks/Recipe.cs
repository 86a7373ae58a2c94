using LongAlign.Batching;
using LongAlign.Losses;
using LongAlign.Packing;
using LongAlign.Sequences;
using LongAlign.Testing;
using LongAlign.Training;
using static TorchSharp.torch;

namespace LongAlign.Distributed.Mpi.Ranks;

/// <summary>A way to train, which one process and several have to do with the same result.</summary>
public sealed class Recipe
{
    /// <summary>11 packs of up to 40 tokens, so that the last step is uneven for 2 ranks and 3.</summary>
    private const int Sequences = 30;

    /// <summary>Two epochs or more.</summary>
    private const int Steps = 20;

    private readonly Action<LongAlignTrainerBuilder> _batching;
    private readonly Action<LongAlignTrainerBuilder> _options;
    private readonly Action<LongAlignTrainerBuilder>? _alone;

    private Recipe(
        string name, double tolerance, Action<LongAlignTrainerBuilder> batching, Action<LongAlignTrainerBuilder> options, Action<LongAlignTrainerBuilder>? alone = null)
    {
        Name = name;
        Tolerance = tolerance;
        _batching = batching;
        _options = options;
        _alone = alone;
    }

    public static IReadOnlyList<Recipe> All { get; } =
    [
        new(
            "packed, clipped",
            1e-6,
            builder => builder.UsePacking(packing => packing.Capacity = 40),
            builder => builder.UseLossWeighting().UseGradientClipping(0.05)),
        new(
            "sorted, accumulated",
            1e-6,
            builder => builder.UseSortedBatching(batching => batching.BatchSize = 2).UseGradientAccumulation(2),
            builder => builder.UseLossWeighting(LossReduction.TokenMean)),
        new(
            "the steps of naive batching, packed",
            1e-5,
            builder => builder.UsePacking(packing => (packing.Capacity, packing.GlobalBatchSize, packing.Composition) = (40, 8, StepComposition.Random)),
            builder => builder.UseGradientClipping(0.05),
            alone: builder => builder.UseNaiveBatching(batching => batching.GlobalBatchSize = 8)),
        new(
            "stratified, as many micro-batches on each rank",
            1e-6,
            builder => builder.UsePacking(packing => (packing.Capacity, packing.GlobalBatchSize, packing.Synchronization) = (30, 9, RankSynchronization.EachMicroBatch)),
            builder => { }),
        new(
            "packs first, in order",
            1e-6,
            builder => builder.UsePacking(packing => (packing.Capacity, packing.PacksFirst) = (40, PackingAlgorithm.Sequential)),
            builder => builder.UseLossWeighting(LossReduction.PackMean)),
        new(
            "naive, filled up",
            1e-6,
            builder => builder.UseNaiveBatching(batching => (batching.BatchSize, batching.UnevenEnd) = (4, UnevenEnd.Repeat)),
            builder => { }),
        new(
            "checkpointed, accumulated",
            1e-6,
            builder => builder.UsePacking(packing => packing.Capacity = 40).UseGradientAccumulation(2),
            builder => builder.UseLossWeighting().UseGradientCheckpointing().UseCosineSchedule(0.1)),
        .. from stage in new[] { Sharding.OptimizerState, Sharding.Gradients, Sharding.Parameters }
           select new Recipe(
               $"sharded {stage}, clipped",
               1e-6,
               builder => builder.UseSharding(stage).UseGradientCheckpointing().UsePacking(packing => (packing.Capacity, packing.GlobalBatchSize) = (30, 5)),
               builder => builder.UseGradientClipping(0.05)),
        new(
            "sharded weights, an uneven last step",
            1e-6,
            builder => builder.UseSharding(Sharding.Parameters).UseGradientCheckpointing().UseNaiveBatching(batching => batching.BatchSize = 2).UseGradientAccumulation(2),
            builder => { }),
        new(
            "sharded weights, mixed precision",
            2e-2,
            builder => builder.UseSharding(Sharding.Parameters).UseGradientCheckpointing().UsePacking(packing => (packing.Capacity, packing.GlobalBatchSize) = (30, 5)),
            builder => builder.UseMixedPrecision()),
        new(
            "mixed precision",
            2e-2,
            builder => builder.UsePacking(packing => packing.Capacity = 40),
            builder => builder.UseLossWeighting().UseMixedPrecision()),
    ];

    /// <summary>Those of two ranks that share each pack, alone or two such pairs.</summary>
    public static IReadOnlyList<Recipe> Shared { get; } =
    [
        new(
            "shared, clipped",
            1e-6,
            builder => builder.UsePacking(packing => (packing.Capacity, packing.GlobalBatchSize) = (40, 3)),
            builder => builder.UseLossWeighting().UseGradientClipping(0.05)) { Sharing = 2 },
        new(
            "shared, checkpointed, accumulated",
            1e-6,
            builder => builder.UsePacking(packing => (packing.Capacity, packing.GlobalBatchSize, packing.MaxSequencesPerPack) = (40, 3, 1)),
            builder => builder.UseLossWeighting(LossReduction.TokenMean).UseGradientClipping(0.05).UseGradientCheckpointing().UseCosineSchedule(0.1)) { Sharing = 2 },
        .. from stage in new[] { Sharding.OptimizerState, Sharding.Parameters }
           select new Recipe(
               $"shared, sharded {stage}",
               1e-6,
               builder => builder.UseSharding(stage).UseGradientCheckpointing().UsePacking(packing => (packing.Capacity, packing.GlobalBatchSize) = (40, 3)),
               builder => builder.UseLossWeighting().UseGradientClipping(0.05)) { Sharing = 2 },
        new(
            "shared, mixed precision",
            2e-2,
            builder => builder.UsePacking(packing => (packing.Capacity, packing.GlobalBatchSize) = (40, 3)),
            builder => builder.UseLossWeighting().UseMixedPrecision()) { Sharing = 2 },
    ];

    public string Name { get; }

    /// <summary>Ranks that share each pack.</summary>
    public int Sharing { get; private init; } = 1;

    /// <summary>How far losses and weights may be from those of one process.</summary>
    public double Tolerance { get; }

    /// <summary>Losses and weights after 20 steps on one of the ranks.</summary>
    public (double[] Losses, float[] Weights) Run(IProcessGroup group)
    {
        // Each rank begins with weights of its own; those of rank 0 count.
        using RankModel model = new(seed: 1 + group.Rank);
        LongAlignTrainerBuilder builder = Builder(model).UseProcessGroup(group).UseSequenceParallelism(Sharing);
        _batching(builder);
        _options(builder);
        return Train(builder, model);
    }

    /// <summary>The same, by one process: with batches of its own that must give the same result, or with those of all ranks.</summary>
    public (double[] Losses, float[] Weights) RunAlone(int worldSize)
    {
        using RankModel model = new(seed: 1);
        LongAlignTrainerBuilder builder = Builder(model);
        _options(builder);
        if (_alone is not null)
        {
            _alone(builder);
            return Train(builder, model);
        }

        AllRanksSampler.Use(builder, Data, worldSize / Sharing, () =>
        {
            LongAlignTrainerBuilder rank = Builder(model);
            _batching(rank);
            return rank;
        });
        return Train(builder, model);
    }

    internal void Train(IProcessGroup group, RankModel model, Action<LongAlignTrainerBuilder>? configure = null)
    {
        LongAlignTrainerBuilder builder = Builder(model).UseProcessGroup(group).UseSequenceParallelism(Sharing);
        _batching(builder);
        configure?.Invoke(builder);
        Train(builder, model, steps: 12);
    }

    /// <summary>With a small epsilon AdamW would turn the rounding of a gradient near 0 into a whole step.</summary>
    private static LongAlignTrainerBuilder Builder(RankModel model)
        => LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(Data).UseAdamW(learningRate: 1e-2, epsilon: 1e-3, weightDecay: 0.01);

    private static (double[] Losses, float[] Weights) Train(LongAlignTrainerBuilder builder, RankModel model, int steps = Steps)
    {
        TrainingResult result = builder.Build().TrainStepsAsync(steps).GetAwaiter().GetResult();
        return ([.. result.Losses], [.. model.parameters().SelectMany(parameter => parameter.to(ScalarType.Float32).data<float>().ToArray())]);
    }

    private static InMemoryDataset Data { get; } = new(Enumerable.Range(0, Sequences).Select(i =>
    {
        int[] ids = [.. Enumerable.Range(0, 3 + (i * 7 % 23)).Select(t => ((i * 5) + (t * (1 + (i % 3)))) % 31)];
        return new TokenSequence(ids, ids);
    }));
}
