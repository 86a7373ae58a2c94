using LongAlign.Sequences;

namespace LongAlign.Batching;

/// <summary>
/// Deals the micro-batches of an epoch to steps and ranks: one to each rank in turn, <see cref="AccumulationSteps"/> times a step.
/// </summary>
public abstract class BatchSampler : IBatchSampler
{
    private protected BatchSampler(SequenceTargets targets, ulong seed)
    {
        Targets = targets;
        Seed = seed;
    }

    /// <summary>Decides the order of the batches, together with the epoch.</summary>
    public ulong Seed { get; }

    /// <summary>The processes that train together.</summary>
    /// <value>1 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int WorldSize
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    }

    = 1;

    /// <summary>This process, from 0 to <see cref="WorldSize"/> - 1.</summary>
    /// <value>0 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public int Rank
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }

    /// <summary>Micro-batches of a step on each rank.</summary>
    /// <value>1 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int AccumulationSteps
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    }

    = 1;

    /// <summary>Whether an epoch's last step is left out if it would be smaller than the others.</summary>
    /// <value>False by default: nothing is lost, and the smaller step's loss is right.</value>
    public bool DropLast { get; init; }

    /// <inheritdoc/>
    public int StepsPerEpoch => DropLast
        ? CompleteMicroBatchCount / MicroBatchesPerStep
        : (MicroBatchCount + MicroBatchesPerStep - 1) / MicroBatchesPerStep;

    private protected SequenceTargets Targets { get; }

    /// <summary>Micro-batches of an epoch, over all ranks.</summary>
    private protected abstract int MicroBatchCount { get; }

    /// <summary>Those of them that are as large as they should be; the others come last.</summary>
    private protected abstract int CompleteMicroBatchCount { get; }

    private int MicroBatchesPerStep => checked(WorldSize * AccumulationSteps);

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException"><see cref="Rank"/> is not less than <see cref="WorldSize"/>.</exception>
    public IEnumerable<BatchStep> GetSteps(int epoch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        if (Rank >= WorldSize)
        {
            throw new InvalidOperationException($"Rank is {Rank} and WorldSize {WorldSize}; expected a rank from 0 to {WorldSize - 1}.");
        }

        return EnumerateSteps(Arrange(epoch));
    }

    /// <inheritdoc/>
    public IReadOnlyList<int> GetLeftOut(int epoch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        List<int> leftOut = [.. NeverSeen];
        if (DropLast)
        {
            Func<int, MicroBatch> microBatchAt = Arrange(epoch);
            for (int i = StepsPerEpoch * MicroBatchesPerStep; i < MicroBatchCount; i++)
            {
                leftOut.AddRange(microBatchAt(i).Indices.Span);
            }
        }

        leftOut.Sort();
        return leftOut;
    }

    /// <summary>Sequences that are in no micro-batch of any epoch.</summary>
    private protected virtual IReadOnlyList<int> NeverSeen => [];

    /// <summary>The micro-batches of an epoch, by number.</summary>
    private protected abstract Func<int, MicroBatch> Arrange(int epoch);

    private IEnumerable<BatchStep> EnumerateSteps(Func<int, MicroBatch> microBatchAt)
    {
        for (int step = 0; step < StepsPerEpoch; step++)
        {
            int first = step * MicroBatchesPerStep;
            int end = Math.Min(first + MicroBatchesPerStep, MicroBatchCount);
            List<MicroBatch> own = new(AccumulationSteps);
            int sequencesWithTarget = 0;
            long targets = 0;
            for (int i = first; i < end; i++)
            {
                MicroBatch microBatch = microBatchAt(i);
                if (i % WorldSize == Rank)
                {
                    own.Add(microBatch);
                }

                foreach (int sequence in microBatch.Indices.Span)
                {
                    int count = Targets[sequence];
                    sequencesWithTarget += count > 0 ? 1 : 0;
                    targets += count;
                }
            }

            yield return new BatchStep(step, own, new StepTotals(sequencesWithTarget, end - first, targets));
        }
    }
}
