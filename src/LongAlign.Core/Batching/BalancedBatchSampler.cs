using System.Globalization;
using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongAlign.Batching;

/// <summary>
/// The packs of a plan such that no rank waits for another: packs are sorted by cost and cut into groups of neighbours, one pack for
/// each rank, and the groups come in random order. Sorted batching (section 3.2 of the paper), of packs.
/// </summary>
/// <example>
/// <code>
/// PackingPlan plan = PackingAlgorithm.BestFitDecreasing.Pack(dataset.Lengths, capacity: 65_536);
/// BalancedBatchSampler sampler = new(plan, dataset, AttentionCostModel.Llama7B64k, seed: 42) { WorldSize = 8, Rank = rank };
/// foreach (BatchStep step in sampler.GetSteps(epoch: 0))
/// {
///     // the packs of all ranks take about as long
/// }
/// </code>
/// </example>
/// <remarks>
/// <para>
/// Ranks run their packs of a group at the same time, so that they finish together, after each micro-batch as after each step. The
/// groups of one step come one after another and need not cost the same: a step mixes cheap packs (many short sequences) and costly
/// ones (few long sequences). Which rank gets which pack of a group is random.
/// </para>
/// <para>
/// Where the packs don't fill the last group, one group is smaller. It comes last in an epoch; its place among the sorted packs is
/// random. <see cref="UnevenEnd.Repeat"/> fills it with its neighbours in cost.
/// </para>
/// </remarks>
public sealed class BalancedBatchSampler : MicroBatchSampler
{
    private readonly PackingPlan _plan;
    private readonly int[] _sorted;

    /// <summary>Makes a sampler from lengths alone, for planning: it guesses targets, and collators and the trainer refuse its totals (<see cref="StepTotals.IsEstimate"/>).</summary>
    /// <param name="plan">The packs; made from <paramref name="lengths"/>.</param>
    /// <param name="lengths">Tokens of each sequence.</param>
    /// <param name="cost">The cost model of packs.</param>
    /// <param name="seed">Decides the order.</param>
    /// <exception cref="ArgumentException">The plan was made from other lengths.</exception>
    public BalancedBatchSampler(PackingPlan plan, ReadOnlySpan<int> lengths, AttentionCostModel cost, ulong seed)
        : this(plan, EpochSequences.FromPlan(plan, lengths), cost, seed)
    {
    }

    /// <summary>Makes a sampler that knows the target tokens of every sequence.</summary>
    /// <param name="plan">The packs; made from the lengths of <paramref name="dataset"/>.</param>
    /// <param name="dataset">The sequences; labels are read only of those that the plan cuts.</param>
    /// <param name="cost">The cost model of packs.</param>
    /// <param name="seed">Decides the order.</param>
    /// <exception cref="ArgumentException">The plan was made from other lengths.</exception>
    public BalancedBatchSampler(PackingPlan plan, ISequenceDataset dataset, AttentionCostModel cost, ulong seed)
        : this(plan, EpochSequences.FromPlan(plan, dataset), cost, seed)
    {
    }

    internal BalancedBatchSampler(PackingPlan plan, EpochSequences sequences, AttentionCostModel cost, ulong seed)
        : base(sequences, seed)
    {
        ArgumentNullException.ThrowIfNull(cost);
        sequences.ThrowIfNotOf(plan);
        _plan = plan;
        Cost = cost;
        _sorted = Sort(plan, sequences.Lengths, cost);
    }

    /// <summary>The cost model of packs.</summary>
    public AttentionCostModel Cost { get; }

    private protected override int MicroBatchCount => _plan.Count;

    private protected override int CompleteMicroBatchCount => _plan.Count;

    private protected override string Kind => $"balanced, cost {Cost}";

    private protected override string KindText => string.Create(
        CultureInfo.InvariantCulture,
        $"packs of at most {_plan.Capacity:N0} tokens in random order, those of similar cost at the same time on all ranks");

    /// <inheritdoc/>
    protected override PackingPlan? Plan => _plan;

    /// <inheritdoc/>
    protected override double GetCost(MicroBatch microBatch) => Cost.GetPackedCost(microBatch, Sequences.Lengths);

    private protected override Func<int, MicroBatch> ArrangeMicroBatches(int epoch)
    {
        SeededRandom random = SeededRandom.ForEpoch(Seed, epoch);
        int groupSize = Math.Clamp(_plan.Count, 1, WorldSize);
        int[] order = NeighbourGroups.Arrange(_sorted, groupSize, ref random, fill: UnevenEnd == UnevenEnd.Repeat);
        for (int start = 0; start < order.Length; start += groupSize)
        {
            random.Shuffle(order.AsSpan(start, Math.Min(groupSize, order.Length - start)));
        }

        return i => _plan[order[i % order.Length]];
    }

    /// <summary>Packs by cost, ascending; ties by number.</summary>
    private static int[] Sort(PackingPlan plan, ReadOnlySpan<int> lengths, AttentionCostModel cost)
    {
        double[] costs = new double[plan.Count];
        int[] packs = new int[plan.Count];
        for (int pack = 0; pack < packs.Length; pack++)
        {
            costs[pack] = cost.GetPackedCost(plan[pack], lengths);
            packs[pack] = pack;
        }

        Array.Sort(costs, packs);

        // Array.Sort leaves packs of equal cost in an unspecified order.
        for (int start = 0, end; start < packs.Length; start = end)
        {
            end = start + 1;
            while (end < packs.Length && costs[end] == costs[start])
            {
                end++;
            }

            packs.AsSpan(start, end - start).Sort();
        }

        return packs;
    }
}
