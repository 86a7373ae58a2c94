using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongAlign.Batching;

/// <summary>The sequences that a sampler deals out: those that an overlong policy keeps, with the tokens and targets that it leaves them.</summary>
internal sealed class EpochSequences
{
    private readonly OverlongSequences _overlong;

    private EpochSequences(ReadOnlySpan<int> lengths, int maxLength, OverlongPolicy overlong, ISequenceDataset? dataset)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLength, 1);
        _overlong = new OverlongSequences(lengths, maxLength, overlong, dataset);
        Targets = dataset is null ? SequenceTargets.FromLengths(lengths, Limit) : SequenceTargets.FromDataset(dataset, Limit);
        Lengths = lengths.ToArray();
        foreach (int sequence in Truncated)
        {
            Lengths[sequence] = maxLength;
        }

        Kept = new int[lengths.Length - LeftOut.Length];
        int kept = 0;
        int skipped = 0;
        for (int sequence = 0; sequence < lengths.Length; sequence++)
        {
            if (skipped < LeftOut.Length && LeftOut[skipped] == sequence)
            {
                skipped++;
            }
            else
            {
                Kept[kept++] = sequence;
            }
        }
    }

    /// <summary>Sequences that take part, ascending.</summary>
    public int[] Kept { get; }

    /// <summary>Sequences that the policy drops, ascending.</summary>
    public int[] LeftOut => _overlong.LeftOut;

    /// <summary>Sequences that the policy cuts, ascending.</summary>
    public int[] Truncated => _overlong.Truncated;

    /// <summary>Tokens of each sequence of the dataset, as they are used.</summary>
    public int[] Lengths { get; }

    /// <summary>N_i of each sequence of the dataset, as it is used.</summary>
    public SequenceTargets Targets { get; }

    /// <summary>The length limit that sequences are cut to.</summary>
    public LengthLimit Limit => _overlong.Limit;

    public OverlongPolicy Overlong => _overlong.Policy;

    /// <summary>Tokens of the sequences that take part.</summary>
    public long TokenCount
    {
        get
        {
            long tokens = 0;
            foreach (int sequence in Kept)
            {
                tokens += Lengths[sequence];
            }

            return tokens;
        }
    }

    /// <summary>The indices of the sequences that take part, in ascending order of length, then of index.</summary>
    public int[] SortByLength() => SortByLength(Kept, Lengths);

    /// <summary>Sorts sequences in ascending order of length, then of index.</summary>
    public static int[] SortByLength(int[] sequences, int[] lengths)
    {
        ulong[] keys = Array.ConvertAll(sequences, sequence => ((ulong)lengths[sequence] << 32) | (uint)sequence);
        Array.Sort(keys);
        return Array.ConvertAll(keys, key => (int)(uint)key);
    }

    /// <summary>Makes them from lengths alone: every token but the first is taken for a target.</summary>
    /// <exception cref="ArgumentException">The dataset is empty, a sequence has no tokens, or a sequence is too long under <see cref="OverlongPolicy.Throw"/>.</exception>
    public static EpochSequences FromLengths(ReadOnlySpan<int> lengths, int maxLength, OverlongPolicy overlong) => new(lengths, maxLength, overlong, null);

    /// <summary>Makes them from a dataset: of sequences that are cut, the labels are read.</summary>
    /// <exception cref="ArgumentException">There is no sequence, or one is too long under <see cref="OverlongPolicy.Throw"/>; the message names its source.</exception>
    public static EpochSequences FromDataset(ISequenceDataset dataset, int maxLength, OverlongPolicy overlong)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        return new EpochSequences(dataset.Lengths, maxLength, overlong, dataset);
    }

    /// <summary>The sequences of a plan, from lengths alone.</summary>
    /// <exception cref="ArgumentException">The plan was made from other lengths.</exception>
    public static EpochSequences FromPlan(PackingPlan plan, ReadOnlySpan<int> lengths)
    {
        ThrowIfFromOtherLengths(plan, lengths);
        return FromLengths(lengths, plan.Capacity, plan.Overlong);
    }

    /// <summary>The sequences of a plan, with the targets of a dataset.</summary>
    /// <exception cref="ArgumentException">The plan was made from other lengths.</exception>
    public static EpochSequences FromPlan(PackingPlan plan, ISequenceDataset dataset)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(dataset);
        ThrowIfFromOtherLengths(plan, dataset.Lengths);
        return FromDataset(dataset, plan.Capacity, plan.Overlong);
    }

    /// <exception cref="ArgumentException">An algorithm made the plan with another capacity or policy than it was asked for, or of other sequences.</exception>
    public void ThrowIfNotOf(PackingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (plan.Limit != Limit || plan.Overlong != Overlong)
        {
            throw new ArgumentException(
                $"The plan has packs of {plan.Capacity} tokens and was made with {plan.Overlong}; expected {Limit.MaxTokens} tokens and {Overlong}.", nameof(plan));
        }

        if (plan.SequenceCount != Kept.Length || plan.TokenCount != TokenCount)
        {
            throw new ArgumentException(
                $"The plan is for {plan.SequenceCount} sequences of {plan.TokenCount} tokens; expected {Kept.Length} of {TokenCount}.", nameof(plan));
        }
    }

    private static void ThrowIfFromOtherLengths(PackingPlan plan, ReadOnlySpan<int> lengths)
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
