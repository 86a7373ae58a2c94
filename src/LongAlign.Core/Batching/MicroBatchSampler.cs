using System.Globalization;
using LongAlign.Sequences;

namespace LongAlign.Batching;

/// <summary>
/// A sampler that makes micro-batches first and then steps of them: one to each rank in turn, <see cref="AccumulationSteps"/> times a
/// step.
/// </summary>
public abstract class MicroBatchSampler : BatchSampler
{
    private protected MicroBatchSampler(EpochSequences sequences, ulong seed)
        : base(sequences, seed)
    {
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

    /// <inheritdoc/>
    public sealed override int StepsPerEpoch => UnevenEnd == UnevenEnd.Drop
        ? CompleteMicroBatchCount / MicroBatchesPerStep
        : (int)(((long)MicroBatchCount + MicroBatchesPerStep - 1) / MicroBatchesPerStep);

    /// <summary>Micro-batches of an epoch, over all ranks.</summary>
    private protected abstract int MicroBatchCount { get; }

    /// <summary>The number of full micro-batches of an epoch; the smaller ones come last.</summary>
    private protected abstract int CompleteMicroBatchCount { get; }

    /// <inheritdoc/>
    protected sealed override string Description
        => AccumulationSteps == 1 ? Kind : string.Create(CultureInfo.InvariantCulture, $"{Kind}, {AccumulationSteps} micro-batches a step on each rank");

    private protected sealed override string BatchText
        => AccumulationSteps == 1 ? KindText : string.Create(CultureInfo.InvariantCulture, $"{KindText}, {AccumulationSteps} micro-batches a step on each rank");

    /// <summary>The kind of the sampler and its own options, in words.</summary>
    private protected abstract string Kind { get; }

    /// <summary>The same in plain words, for a log.</summary>
    private protected abstract string KindText { get; }

    private int MicroBatchesPerStep => checked(WorldSize * AccumulationSteps);

    /// <summary>
    /// The micro-batches of an epoch, by number: from 0 to <see cref="MicroBatchCount"/> - 1, or up to the end of the last step for
    /// <see cref="UnevenEnd.Repeat"/>.
    /// </summary>
    private protected abstract Func<int, MicroBatch> ArrangeMicroBatches(int epoch);

    /// <inheritdoc/>
    protected sealed override Func<int, IReadOnlyList<MicroBatch>> Arrange(int epoch)
    {
        Func<int, MicroBatch> microBatchAt = ArrangeMicroBatches(epoch);
        return step =>
        {
            int first = step * MicroBatchesPerStep;
            int end = first + MicroBatchesPerStep;
            if (UnevenEnd != UnevenEnd.Repeat)
            {
                end = Math.Min(end, MicroBatchCount);
            }

            MicroBatch[] microBatches = new MicroBatch[end - first];
            for (int i = 0; i < microBatches.Length; i++)
            {
                microBatches[i] = microBatchAt(first + i) with { Rank = i % WorldSize };
            }

            return microBatches;
        };
    }

    private protected sealed override IEnumerable<int> GetDropped(int epoch)
    {
        if (UnevenEnd != UnevenEnd.Drop)
        {
            return [];
        }

        Func<int, MicroBatch> microBatchAt = ArrangeMicroBatches(epoch);
        return Enumerable.Range(StepsPerEpoch * MicroBatchesPerStep, MicroBatchCount - (StepsPerEpoch * MicroBatchesPerStep))
            .SelectMany(i => microBatchAt(i).Indices.ToArray());
    }
}
