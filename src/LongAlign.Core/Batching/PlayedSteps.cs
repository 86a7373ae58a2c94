using LongAlign.Packing;

namespace LongAlign.Batching;

/// <summary>The sizes of the steps of played batchings, chosen so that the batchings can be compared.</summary>
/// <param name="SequenceCount">Sequences of the epoch.</param>
/// <param name="WorldSize">The ranks.</param>
/// <param name="GlobalBatchSize">Sequences of a step, over all ranks.</param>
/// <param name="Rows">Rows of a padded micro-batch.</param>
internal sealed record PlayedSteps(int SequenceCount, int WorldSize, int GlobalBatchSize, int Rows)
{
    /// <summary>Padded micro-batches of a step on each rank.</summary>
    public int PaddedRounds => Rounds((double)Rows);

    /// <summary>Packs of a step on each rank.</summary>
    public int RoundsOf(PackingPlan plan) => Rounds((double)SequenceCount / plan.Count);

    /// <exception cref="ArgumentException">Options contradict each other, or there are fewer sequences than ranks.</exception>
    public static PlayedSteps Of(EpochSequences sequences, PlayedBatchingOptions options)
    {
        int count = sequences.Kept.Length;
        if (options is { GlobalBatchSize: { } given, AccumulationSteps: { } accumulation })
        {
            throw new ArgumentException($"A global batch size of {given} and an accumulation of {accumulation} both say how large a step is; expected one of them.", nameof(options));
        }

        int size = options.GlobalBatchSize ?? GlobalBatchSampler.SizeOfPacks(sequences, checked(options.WorldSize * (options.AccumulationSteps ?? 1)));
        if (size < options.WorldSize || count < options.WorldSize)
        {
            throw new ArgumentException($"There are {options.WorldSize} ranks, {size} sequences a step and {count} in all; expected at least one for each rank.", nameof(options));
        }

        int most = size / options.WorldSize;
        PlayedSteps steps = new(count, options.WorldSize, size, options.BatchSize ?? Math.Min(most, GlobalBatchSampler.SizeOfPacks(sequences, packs: 1)));

        // As many rows in each round as bring the step nearest to its size.
        return options.BatchSize is null
            ? steps with { Rows = Math.Max(1, (int)Math.Round((double)size / (steps.PaddedRounds * (long)options.WorldSize))) }
            : steps;
    }

    private int Rounds(double sequencesOfMicroBatch) => Math.Max(1, (int)Math.Round(GlobalBatchSize / (sequencesOfMicroBatch * WorldSize)));
}
