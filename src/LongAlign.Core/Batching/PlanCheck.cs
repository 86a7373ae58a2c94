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

    /// <exception cref="ArgumentException">An algorithm made the plan with another capacity or policy than it was asked for, or of other sequences.</exception>
    public static void ThrowIfOfOtherSequences(PackingPlan plan, EpochSequences sequences)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (plan.Limit != sequences.Limit || plan.Overlong != sequences.Overlong)
        {
            throw new ArgumentException(
                $"The plan has packs of {plan.Capacity} tokens and was made with {plan.Overlong}; expected {sequences.Limit.MaxTokens} tokens and {sequences.Overlong}.", nameof(plan));
        }

        if (plan.SequenceCount != sequences.Kept.Length || plan.TokenCount != sequences.TokenCount)
        {
            throw new ArgumentException(
                $"The plan is for {plan.SequenceCount} sequences of {plan.TokenCount} tokens; expected {sequences.Kept.Length} of {sequences.TokenCount}.", nameof(plan));
        }
    }
}
