using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongAlign.Batching;

/// <summary>
/// The base of samplers: steps of an epoch that are known without each other, so that a run resumes at any of them. The totals, each rank's share and the
/// state of a run are made here.
/// </summary>
/// <remarks>
/// Your own sampler says how many steps an epoch has (<see cref="StepsPerEpoch"/>), which micro-batches each step has (<see cref="Arrange"/>), and what
/// it is called (<see cref="Description"/>). Like the built-in ones it depends on nothing but the epoch, the seed and its options. Short sequences first, one
/// to a rank and step:
/// </remarks>
/// <example>
/// <code>
/// public sealed class ShortestFirstSampler(ISequenceDataset dataset) : BatchSampler(dataset, seed: 0)
/// {
///     public override int StepsPerEpoch => (Kept.Length + WorldSize - 1) / WorldSize;
///
///     protected override string Description => "shortest first";
///
///     protected override Func&lt;int, IReadOnlyList&lt;MicroBatch>> Arrange(int epoch)
///     {
///         int[] order = [.. Kept.ToArray().OrderBy(sequence => Lengths[sequence])];
///         return step => [.. order.Skip(step * WorldSize).Take(WorldSize)
///             .Select((sequence, rank) => new MicroBatch(new[] { sequence }, Limit) { Rank = rank })];
///     }
/// }
/// </code>
/// </example>
public abstract class BatchSampler : IBatchSampler
{
    private readonly Lazy<string> _planHash;

    /// <summary>Makes a sampler whose totals are exact.</summary>
    /// <param name="dataset">The sequences. Only the labels of sequences that are cut are read.</param>
    /// <param name="seed">Decides the order.</param>
    /// <param name="maxLength">The most tokens that a sequence may have; no limit by default.</param>
    /// <param name="overlong">The policy for longer sequences; an error by default.</param>
    /// <exception cref="ArgumentException">The dataset is empty, or a sequence is too long under <see cref="OverlongPolicy.Throw"/>. The message names the sequence.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxLength"/> is less than 1.</exception>
    protected BatchSampler(ISequenceDataset dataset, ulong seed, int maxLength = int.MaxValue, OverlongPolicy overlong = OverlongPolicy.Throw)
        : this(EpochSequences.FromDataset(dataset, maxLength, overlong), seed)
    {
    }

    /// <summary>Makes a sampler from lengths alone, for planning: it guesses targets, and collators and the trainer refuse its totals (<see cref="StepTotals.IsEstimate"/>).</summary>
    /// <param name="lengths">Tokens of each sequence, each at least 1.</param>
    /// <param name="seed">Decides the order.</param>
    /// <exception cref="ArgumentException">There is no sequence, or one has no tokens.</exception>
    protected BatchSampler(ReadOnlySpan<int> lengths, ulong seed)
        : this(EpochSequences.FromLengths(lengths, int.MaxValue, OverlongPolicy.Throw), seed)
    {
    }

    private protected BatchSampler(EpochSequences sequences, ulong seed)
    {
        Sequences = sequences;
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

    /// <summary>The policy for an epoch's last step where the sequences don't fill it.</summary>
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

    /// <summary>
    /// Whether epoch 0 starts with the step that has the costliest micro-batch; it changes places with the first step. A run that needs too
    /// much memory then fails in the first minute.
    /// </summary>
    /// <value>False by default. It makes all steps of epoch 0 once when they are first asked for.</value>
    public bool CostliestFirst { get; init; }

    /// <inheritdoc/>
    public abstract int StepsPerEpoch { get; }

    /// <summary>Sequences that are cut to the most tokens that a sequence may have, ascending.</summary>
    public IReadOnlyList<int> Truncated => Sequences.Truncated;

    /// <summary>The indices of the sequences that take part, ascending. <see cref="OverlongPolicy.Drop"/> leaves some out.</summary>
    protected ReadOnlySpan<int> Kept => Sequences.Kept;

    /// <summary>Tokens of each sequence, after cutting.</summary>
    protected ReadOnlySpan<int> Lengths => Sequences.Lengths;

    /// <summary>The length limit of every micro-batch: longer sequences are cut to it.</summary>
    protected LengthLimit Limit => Sequences.Limit;

    /// <summary>The sequences that are dealt out.</summary>
    internal EpochSequences Sequences { get; }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException"><see cref="Rank"/> is not less than <see cref="WorldSize"/>, or options contradict each other; the message says which.</exception>
    public IEnumerable<BatchStep> GetSteps(int epoch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        ThrowIfImpossible();
        return EnumerateSteps(Order(epoch), 0);
    }

    /// <summary>The sampler's state before a given step, to resume from.</summary>
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
            UnevenEnd = UnevenEnd,
            Sampler = CostliestFirst ? $"{Description}, costliest step first" : Description,
            Data = Sequences.Targets.Hash,
            Plan = _planHash.Value,
        };
    }

    /// <summary>The steps that are left of an epoch. No token is read and none of the earlier steps is made.</summary>
    /// <param name="state">The state of the run.</param>
    /// <returns>The tail of <see cref="GetSteps(int)"/> for the state's epoch.</returns>
    /// <exception cref="ArgumentException">The state comes from other data, another plan, seed, world size or other options; the message says which.</exception>
    /// <exception cref="InvalidOperationException"><see cref="Rank"/> is not less than <see cref="WorldSize"/>, or options contradict each other; the message says which.</exception>
    public IEnumerable<BatchStep> GetSteps(SamplerState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        ThrowIfImpossible();
        if (state.FindFault(GetState(0, 0), StepsPerEpoch) is { } fault)
        {
            throw new ArgumentException(fault, nameof(state));
        }

        return EnumerateSteps(Order(state.Epoch), state.Step);
    }

    /// <inheritdoc/>
    public IReadOnlyList<int> GetLeftOut(int epoch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        List<int> leftOut = [.. Sequences.LeftOut, .. GetDropped(epoch)];
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
            Func<int, IReadOnlyList<MicroBatch>> stepAt = Arrange(epoch);
            bool[] seen = new bool[Sequences.Lengths.Length];
            for (int step = 0; step < StepsPerEpoch; step++)
            {
                foreach (MicroBatch microBatch in stepAt(step))
                {
                    foreach (int sequence in microBatch.Indices.Span)
                    {
                        if (seen[sequence])
                        {
                            repeated.Add(sequence);
                        }

                        seen[sequence] = true;
                    }
                }
            }
        }

        repeated.Sort();
        return repeated;
    }

    /// <summary>One line for a log.</summary>
    /// <returns>The kind of the sampler and its options.</returns>
    public override string ToString() => Description;

    /// <summary>The kind of the sampler and its own options, in words: what else decides the order. A run resumes only where it is the same.</summary>
    protected abstract string Description { get; }

    /// <summary>The batches in plain words, for the log of a run. Nothing compares it.</summary>
    internal string LogText => CostliestFirst ? $"{BatchText}, costliest step first" : BatchText;

    private protected virtual string BatchText => Description;

    /// <summary>The packs that are dealt out, if there are any: a run resumes only with the same.</summary>
    /// <value>Null by default.</value>
    protected virtual PackingPlan? Plan => null;

    /// <summary>The steps of an epoch.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <returns>
    /// Gives a step, from 0 to <see cref="StepsPerEpoch"/> - 1, by its number alone: its micro-batches over all ranks, each with its <see cref="MicroBatch.Rank"/>, a rank's in its order. The limit of
    /// each is <see cref="Limit"/>. The same on every rank; may be called from another thread.
    /// </returns>
    protected abstract Func<int, IReadOnlyList<MicroBatch>> Arrange(int epoch);

    /// <summary>The cost of a micro-batch, in any unit; finds the step of <see cref="CostliestFirst"/>.</summary>
    /// <param name="microBatch">A micro-batch of a step.</param>
    /// <returns>FLOPs of a pack of Llama-2-7B by default.</returns>
    protected virtual double GetCost(MicroBatch microBatch) => AttentionCostModel.Llama7B64k.GetPackedCost(microBatch, Lengths);

    /// <summary>The sequences that take part and that no step of an epoch has.</summary>
    private protected virtual IEnumerable<int> GetDropped(int epoch)
    {
        HashSet<int> dropped = [.. Sequences.Kept];
        Func<int, IReadOnlyList<MicroBatch>> stepAt = Arrange(epoch);
        for (int step = 0; step < StepsPerEpoch; step++)
        {
            foreach (MicroBatch microBatch in stepAt(step))
            {
                dropped.ExceptWith(microBatch.Indices.ToArray());
            }
        }

        return dropped;
    }

    /// <summary>The steps of an epoch as each rank sees them, made once for all ranks.</summary>
    internal IEnumerable<BatchStep[]> GetStepsOfAllRanks(int epoch)
    {
        ThrowIfImpossible();
        Func<int, IReadOnlyList<MicroBatch>> stepAt = Order(epoch);
        for (int step = 0; step < StepsPerEpoch; step++)
        {
            IReadOnlyList<MicroBatch> all = stepAt(step);
            StepTotals totals = GetTotals(step, all);
            ILookup<int, MicroBatch> byRank = all.ToLookup(microBatch => microBatch.Rank);
            yield return [.. Enumerable.Range(0, WorldSize).Select(rank => new BatchStep(step, byRank[rank], totals))];
        }
    }

    /// <summary>Returns the reason why the options can't make steps; null if they can.</summary>
    internal virtual string? FindFault() => null;

    private void ThrowIfImpossible()
    {
        if (Rank >= WorldSize)
        {
            throw new InvalidOperationException($"Rank is {Rank} and WorldSize {WorldSize}; expected a rank from 0 to {WorldSize - 1}.");
        }

        if (FindFault() is { } fault)
        {
            throw new InvalidOperationException(fault);
        }
    }

    /// <summary>The steps of an epoch in the order in which they are made.</summary>
    private Func<int, IReadOnlyList<MicroBatch>> Order(int epoch)
    {
        Func<int, IReadOnlyList<MicroBatch>> stepAt = Arrange(epoch);
        if (!CostliestFirst || epoch > 0 || StepsPerEpoch == 0)
        {
            return stepAt;
        }

        int costliest = Enumerable.Range(0, StepsPerEpoch).MaxBy(step => stepAt(step).Max(GetCost));
        return step => stepAt(step == 0 ? costliest : step == costliest ? 0 : step);
    }

    private IEnumerable<BatchStep> EnumerateSteps(Func<int, IReadOnlyList<MicroBatch>> stepAt, int firstStep)
    {
        for (int step = firstStep; step < StepsPerEpoch; step++)
        {
            IReadOnlyList<MicroBatch> all = stepAt(step);
            yield return new BatchStep(step, all.Where(microBatch => microBatch.Rank == Rank), GetTotals(step, all));
        }
    }

    private StepTotals GetTotals(int step, IReadOnlyList<MicroBatch> microBatches)
    {
        ThrowIfWrong(step, microBatches);
        int sequencesWithTarget = 0;
        int microBatchesWithTarget = 0;
        long targets = 0;
        foreach (MicroBatch microBatch in microBatches)
        {
            long before = targets;
            foreach (int sequence in microBatch.Indices.Span)
            {
                int count = Sequences.Targets[sequence];
                sequencesWithTarget += count > 0 ? 1 : 0;
                targets += count;
            }

            microBatchesWithTarget += targets > before ? 1 : 0;
        }

        return new StepTotals(sequencesWithTarget, microBatchesWithTarget, targets) { IsEstimate = Sequences.Targets.IsEstimate };
    }

    /// <summary>Totals are counted under this sampler's limit, of sequences that exist, for ranks that exist.</summary>
    private void ThrowIfWrong(int step, IReadOnlyList<MicroBatch> microBatches)
    {
        for (int i = 0; i < microBatches.Count; i++)
        {
            MicroBatch microBatch = microBatches[i];
            int wrong = microBatch.Indices.Span.IndexOfAnyExceptInRange(0, Sequences.Lengths.Length - 1);
            string? fault = (uint)microBatch.Rank >= (uint)WorldSize ? $"is for rank {microBatch.Rank}; expected a rank from 0 to {WorldSize - 1}"
                : microBatch.Indices.IsEmpty ? "has no sequence; expected at least one"
                : wrong >= 0 ? $"has sequence {microBatch.Indices.Span[wrong]}; expected a sequence from 0 to {Sequences.Lengths.Length - 1}"
                : microBatch.Limit != Limit ? $"has the limit {microBatch.Limit}; expected the sampler's, {Limit}"
                : null;
            if (fault is not null)
            {
                throw new InvalidOperationException($"{Description}: micro-batch {i} of step {step} {fault}.");
            }
        }
    }
}
