using LongAlign.Batching;

namespace LongAlign.Training;

/// <summary>What a run gives a batching to plan with.</summary>
internal sealed record BatchingContext
{
    public required ulong Seed { get; init; }

    public required int WorldSize { get; init; }

    public required int Rank { get; init; }

    /// <summary>Micro-batches of a step on each rank; null where nobody has said.</summary>
    public required int? AccumulationSteps { get; init; }

    /// <summary>Whether ranks wait for each other at each micro-batch.</summary>
    public required bool MeetsAtMicroBatches { get; init; }

    /// <summary>The most positions of a sequence that the model has.</summary>
    public required int MaxPositions { get; init; }

    /// <summary>What a sequence costs the model, where it knows.</summary>
    public required AttentionCostModel? Cost { get; init; }
}
