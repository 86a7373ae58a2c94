using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongAlign.Batching;

/// <summary>
/// Deals the micro-batches of an epoch to steps and ranks: one to each rank in turn, <see cref="AccumulationSteps"/> times a step.
/// </summary>
public abstract class BatchSampler : IBatchSampler
{
    private readonly Lazy<string> _planHash;

    private protected BatchSampler(SequenceTargets targets, ulong seed)
    {
        Targets = targets;
        Seed = seed;
        _planHash = new Lazy<string>(() => Plan is null ? "" : ContentHash.Of(Plan));
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

    /// <summary>What happens to an epoch's last step where the sequences don't fill it.</summary>
    /// <value><see cref="UnevenEnd.SmallerStep"/> by default: nothing is lost, and the smaller step's loss is right.</value>
    /// <exception cref="ArgumentOutOfRangeException">No such value.</exception>
    public UnevenEnd UnevenEnd
    {
        get;
        init
        {
            if (!Enum.IsDefined(value))
            {
                throw new ArgumentOutOfRangeException(nameof(value), value, "Unknown way to end an epoch.");
            }

            field = value;
        }
    }

    /// <inheritdoc/>
    public int StepsPerEpoch => UnevenEnd == UnevenEnd.Drop
        ? CompleteMicroBatchCount / MicroBatchesPerStep
        : (int)(((long)MicroBatchCount + MicroBatchesPerStep - 1) / MicroBatchesPerStep);

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
        ThrowIfNoSuchRank();
        return EnumerateSteps(Arrange(epoch), 0);
    }

    /// <summary>Where a run stands that goes on with a step.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="step">The next step, from 0 to <see cref="StepsPerEpoch"/>.</param>
    /// <returns>A state to be saved; it is the same on every rank. The first call hashes all lengths and the plan.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such epoch or step.</exception>
    public SamplerState GetState(int epoch, int step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(step, StepsPerEpoch);
        return new SamplerState
        {
            Epoch = epoch,
            Step = step,
            Seed = Seed,
            WorldSize = WorldSize,
            AccumulationSteps = AccumulationSteps,
            UnevenEnd = UnevenEnd,
            Sampler = Description,
            Data = Targets.Hash,
            Plan = _planHash.Value,
        };
    }

    /// <summary>The steps that are left of an epoch. No token is read and none of the earlier steps is made.</summary>
    /// <param name="state">Where the run stood.</param>
    /// <returns>The tail of <see cref="GetSteps(int)"/> for the state's epoch.</returns>
    /// <exception cref="ArgumentException">The state comes from other data, another plan, seed, world size or other options; the message says which.</exception>
    /// <exception cref="InvalidOperationException"><see cref="Rank"/> is not less than <see cref="WorldSize"/>.</exception>
    public IEnumerable<BatchStep> GetSteps(SamplerState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        ThrowIfNoSuchRank();
        if (state.FindFault(GetState(0, 0), StepsPerEpoch) is { } fault)
        {
            throw new ArgumentException(fault, nameof(state));
        }

        return EnumerateSteps(Arrange(state.Epoch), state.Step);
    }

    /// <inheritdoc/>
    public IReadOnlyList<int> GetLeftOut(int epoch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        List<int> leftOut = [.. NeverSeen];
        if (UnevenEnd == UnevenEnd.Drop)
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

    /// <summary>Indices of the sequences that <see cref="UnevenEnd.Repeat"/> puts into an epoch again.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <returns>The indices, ascending, each as often as it is seen beyond the first time; empty without <see cref="UnevenEnd.Repeat"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="epoch"/> is negative.</exception>
    public IReadOnlyList<int> GetRepeated(int epoch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        List<int> repeated = [];
        if (UnevenEnd == UnevenEnd.Repeat)
        {
            Func<int, MicroBatch> microBatchAt = Arrange(epoch);
            bool[] seen = new bool[Targets.Count];
            for (int i = 0; i < StepsPerEpoch * MicroBatchesPerStep; i++)
            {
                foreach (int sequence in microBatchAt(i).Indices.Span)
                {
                    if (seen[sequence])
                    {
                        repeated.Add(sequence);
                    }

                    seen[sequence] = true;
                }
            }
        }

        repeated.Sort();
        return repeated;
    }

    /// <summary>The kind of the sampler and its own options, in words: what else decides the order.</summary>
    private protected abstract string Description { get; }

    /// <summary>The packs, if there are any.</summary>
    private protected virtual PackingPlan? Plan => null;

    /// <summary>Sequences that are in no micro-batch of any epoch.</summary>
    private protected virtual IReadOnlyList<int> NeverSeen => [];

    /// <summary>
    /// The micro-batches of an epoch, by number: from 0 to <see cref="MicroBatchCount"/> - 1, or up to the end of the last step for
    /// <see cref="UnevenEnd.Repeat"/>.
    /// </summary>
    private protected abstract Func<int, MicroBatch> Arrange(int epoch);

    private void ThrowIfNoSuchRank()
    {
        if (Rank >= WorldSize)
        {
            throw new InvalidOperationException($"Rank is {Rank} and WorldSize {WorldSize}; expected a rank from 0 to {WorldSize - 1}.");
        }
    }

    private IEnumerable<BatchStep> EnumerateSteps(Func<int, MicroBatch> microBatchAt, int firstStep)
    {
        for (int step = firstStep; step < StepsPerEpoch; step++)
        {
            int first = step * MicroBatchesPerStep;
            int end = first + MicroBatchesPerStep;
            if (UnevenEnd != UnevenEnd.Repeat)
            {
                end = Math.Min(end, MicroBatchCount);
            }

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
