using LongAlign.Batching;

namespace LongAlign.Training;

/// <summary>The properties of a run that a batching plans with.</summary>
internal sealed record BatchingContext
{
    public required ulong Seed { get; init; }

    public required int WorldSize { get; init; }

    public required int Rank { get; init; }

    /// <summary>Micro-batches of a step on each rank; null where it was not set.</summary>
    public required int? AccumulationSteps { get; init; }

    /// <summary>Whether ranks wait for each other at each micro-batch.</summary>
    public required bool MeetsAtMicroBatches { get; init; }

    /// <summary>The most positions of a sequence that the model has.</summary>
    public required int MaxPositions { get; init; }

    /// <summary>The model's cost of a sequence; null where it is not known.</summary>
    public required AttentionCostModel? Cost { get; init; }
}
