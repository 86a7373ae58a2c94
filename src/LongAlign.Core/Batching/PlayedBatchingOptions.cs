using LongAlign.Packing;

namespace LongAlign.Batching;

/// <summary>The options of the epoch that <see cref="PlayedBatching"/> plays.</summary>
public sealed record PlayedBatchingOptions
{
    /// <summary>Gets the most tokens of a pack; longer sequences count as cut.</summary>
    /// <value>65,536 by default, the paper's.</value>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1, or more than <see cref="PackingAlgorithm.MaxCapacity"/>.</exception>
    public int Capacity
    {
        get;
        init => field = Checked(value, PackingAlgorithm.MaxCapacity, nameof(Capacity));
    }

    = 65_536;

    /// <summary>Gets the ranks that train together.</summary>
    /// <value>1 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int WorldSize
    {
        get;
        init => field = Checked(value, int.MaxValue, nameof(WorldSize));
    }

    = 1;

    /// <summary>Gets the sequences of a step, over all ranks. Padded rows and packs come as near to it as whole micro-batches allow.</summary>
    /// <value>Null by default: as many as have on average the tokens of <see cref="AccumulationSteps"/> full packs a rank.</value>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int? GlobalBatchSize
    {
        get;
        init => field = value is null ? null : Checked(value.Value, int.MaxValue, nameof(GlobalBatchSize));
    }

    /// <summary>Gets the packs of a step on each rank; the alternative to <see cref="GlobalBatchSize"/>.</summary>
    /// <value>Null by default, which is 1.</value>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int? AccumulationSteps
    {
        get;
        init => field = value is null ? null : Checked(value.Value, int.MaxValue, nameof(AccumulationSteps));
    }

    /// <summary>Gets the rows of a padded micro-batch.</summary>
    /// <value>Null by default: as many as an average pack has sequences, so that the tokens in it fit the same budget.</value>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int? BatchSize
    {
        get;
        init => field = value is null ? null : Checked(value.Value, int.MaxValue, nameof(BatchSize));
    }

    /// <summary>Gets the rule that chooses the sequences of a step of <see cref="PlayedMethod.Packing"/>.</summary>
    /// <value><see cref="StepComposition.Stratified"/> by default.</value>
    public StepComposition Composition { get; init; }

    /// <summary>Gets the points at which ranks wait for each other.</summary>
    /// <value><see cref="RankSynchronization.EachStep"/> by default.</value>
    public RankSynchronization Synchronization { get; init; }

    /// <summary>Gets the cost of a micro-batch; <see cref="AttentionCostModel.PerMicroBatch"/> is not part of the ideal time.</summary>
    /// <value><see cref="AttentionCostModel.Llama7B64k"/> by default.</value>
    public AttentionCostModel Cost { get; init; } = AttentionCostModel.Llama7B64k;

    /// <summary>Gets the seed of the order of sequences.</summary>
    /// <value>42 by default.</value>
    public ulong Seed { get; init; } = 42;

    private static int Checked(int value, int most, string name)
        => value >= 1 && value <= most ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; expected 1 to {most}.");
}
