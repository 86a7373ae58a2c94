using LongAlign.Packing;

namespace LongAlign.Batching;

/// <summary>Tells whether a plan was made from the lengths it is used with.</summary>
internal static class PlanCheck
{
    /// <exception cref="ArgumentException">The plan is for another number of sequences, or of tokens.</exception>
    public static void ThrowIfFromOtherLengths(PackingPlan plan, ReadOnlySpan<int> lengths)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (plan.SequenceCount + plan.LeftOut.Count != lengths.Length)
        {
            throw new ArgumentException(
                $"The plan is for {plan.SequenceCount + plan.LeftOut.Count} sequences and the dataset has {lengths.Length}.", nameof(plan));
        }

        long tokens = 0;
        foreach (int length in lengths)
        {
            tokens += plan.Limit.Slice(length).Length;
        }

        // Only sequences longer than the capacity are left out.
        tokens -= (long)plan.LeftOut.Count * plan.Capacity;
        if (tokens != plan.TokenCount)
        {
            throw new ArgumentException($"The plan is for {plan.TokenCount} tokens and the dataset's sequences have {tokens}.", nameof(plan));
        }
    }
}
