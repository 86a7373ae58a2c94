using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongAlign.Batching;

/// <summary>The packs of a plan, in random order, one for each rank and accumulation of a step.</summary>
public sealed class PackedBatchSampler : BatchSampler
{
    private readonly PackingPlan _plan;

    /// <summary>Makes a sampler that knows the target tokens of every sequence.</summary>
    /// <param name="plan">The packs; made from the lengths of <paramref name="dataset"/>.</param>
    /// <param name="dataset">The sequences; labels are read only of those that the plan cuts.</param>
    /// <param name="seed">Decides the order.</param>
    /// <exception cref="ArgumentException">The plan was made from other lengths.</exception>
    public PackedBatchSampler(PackingPlan plan, ISequenceDataset dataset, ulong seed = 42)
        : base(SequenceTargets.FromDataset(dataset, LimitOf(plan)), seed)
    {
        if (plan.SequenceCount + plan.LeftOut.Count != dataset.Count)
        {
            throw new ArgumentException(
                $"The plan is for {plan.SequenceCount + plan.LeftOut.Count} sequences and the dataset has {dataset.Count}.", nameof(plan));
        }

        long tokens = TokensOf(plan, dataset.Lengths);
        if (tokens != plan.TokenCount)
        {
            throw new ArgumentException($"The plan is for {plan.TokenCount} tokens and the dataset's sequences have {tokens}.", nameof(plan));
        }

        _plan = plan;
    }

    private protected override int MicroBatchCount => _plan.Count;

    private protected override int CompleteMicroBatchCount => _plan.Count;

    private protected override string Description => "packed";

    private protected override PackingPlan? Plan => _plan;

    private protected override IReadOnlyList<int> NeverSeen => _plan.LeftOut;

    private protected override Func<int, MicroBatch> Arrange(int epoch)
    {
        int[] order = SeededRandom.ForEpoch(Seed, epoch).Permutation(_plan.Count);
        return i => _plan[order[i % order.Length]];
    }

    private static LengthLimit LimitOf(PackingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return plan.Limit;
    }

    private static long TokensOf(PackingPlan plan, ReadOnlySpan<int> lengths)
    {
        long tokens = 0;
        foreach (int length in lengths)
        {
            tokens += plan.Limit.Slice(length).Length;
        }

        // Only sequences longer than the capacity are left out.
        return tokens - ((long)plan.LeftOut.Count * plan.Capacity);
    }
}
