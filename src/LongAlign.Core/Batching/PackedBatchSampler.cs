using System.Globalization;
using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongAlign.Batching;

/// <summary>The packs of a plan, in random order, one for each rank and accumulation of a step.</summary>
/// <example>
/// <code>
/// PackingPlan plan = PackingAlgorithm.BestFitDecreasing.Pack(dataset.Lengths, capacity: 65_536);
/// PackedBatchSampler sampler = new(plan, dataset, seed: 42) { WorldSize = 8, Rank = rank, AccumulationSteps = 2 };
/// foreach (BatchStep step in sampler.GetSteps(epoch: 0))
/// {
///     // step.MicroBatches: this rank's two packs; step.Totals: M, K and targets of all sixteen
/// }
/// </code>
/// </example>
public sealed class PackedBatchSampler : MicroBatchSampler
{
    private readonly PackingPlan _plan;
    private readonly Lazy<LengthClasses> _classes;

    /// <summary>Makes a sampler from lengths alone, for planning: it guesses targets, and collators and the trainer refuse its totals (<see cref="StepTotals.IsEstimate"/>).</summary>
    /// <param name="plan">The packs; made from <paramref name="lengths"/>.</param>
    /// <param name="lengths">Tokens of each sequence.</param>
    /// <param name="seed">Decides the order.</param>
    /// <exception cref="ArgumentException">The plan was made from other lengths.</exception>
    public PackedBatchSampler(PackingPlan plan, ReadOnlySpan<int> lengths, ulong seed)
        : this(plan, EpochSequences.FromPlan(plan, lengths), seed)
    {
    }

    /// <summary>Makes a sampler that knows the target tokens of every sequence.</summary>
    /// <param name="plan">The packs; made from the lengths of <paramref name="dataset"/>.</param>
    /// <param name="dataset">The sequences; labels are read only of those that the plan cuts.</param>
    /// <param name="seed">Decides the order.</param>
    /// <exception cref="ArgumentException">The plan was made from other lengths.</exception>
    public PackedBatchSampler(PackingPlan plan, ISequenceDataset dataset, ulong seed)
        : this(plan, EpochSequences.FromPlan(plan, dataset), seed)
    {
    }

    internal PackedBatchSampler(PackingPlan plan, EpochSequences sequences, ulong seed)
        : base(sequences, seed)
    {
        sequences.ThrowIfNotOf(plan);
        _plan = plan;
        _classes = new Lazy<LengthClasses>(
            () => new LengthClasses(new PackingInput(sequences.Lengths, plan.Capacity, plan.Overlong, plan.MaxSequencesPerPack)));
    }

    /// <summary>
    /// Whether sequences of equal length change places each epoch, so that a sequence meets other neighbours. Each pack keeps its
    /// lengths: no epoch has more packs or emptier ones.
    /// </summary>
    /// <value>False by default: all epochs have the packs of the plan.</value>
    public bool ExchangeEqualLengths { get; init; }

    private protected override int MicroBatchCount => _plan.Count;

    private protected override int CompleteMicroBatchCount => _plan.Count;

    private protected override string Kind => ExchangeEqualLengths ? "packed, equal lengths change places" : "packed";

    private protected override string KindText => string.Create(
        CultureInfo.InvariantCulture,
        $"packs of at most {_plan.Capacity:N0} tokens in random order{(ExchangeEqualLengths ? ", sequences of equal length change places each epoch" : "")}");

    /// <inheritdoc/>
    protected override PackingPlan? Plan => _plan;

    private protected override Func<int, MicroBatch> ArrangeMicroBatches(int epoch)
    {
        SeededRandom random = SeededRandom.ForEpoch(Seed, epoch);
        int[] order = random.Permutation(_plan.Count);
        PackingPlan plan = ExchangeEqualLengths ? Exchange(ref random) : _plan;
        return i => plan[order[i % order.Length]];
    }

    /// <summary>The plan with other neighbours in every pack, which is as full as before.</summary>
    private PackingPlan Exchange(ref SeededRandom random)
    {
        LengthClasses classes = _classes.Value;
        int[] shuffled = [.. classes.Order];
        int start = 0;
        for (int length = classes.MaxLength; length > 0; length--)
        {
            int end = classes.EndOf(length);
            random.Shuffle(shuffled.AsSpan(start..end));
            start = end;
        }

        int[] replacements = new int[Sequences.Lengths.Length];
        for (int k = 0; k < shuffled.Length; k++)
        {
            replacements[classes.Order[k]] = shuffled[k];
        }

        return _plan.Replace(replacements);
    }
}
