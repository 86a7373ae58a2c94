using LongAlign.Sequences;

namespace LongAlign.Packing;

/// <summary>The sequences that have more tokens than they may have, and what a policy does with them.</summary>
internal sealed class OverlongSequences
{
    /// <summary>Checks lengths and finds the sequences that are too long.</summary>
    /// <param name="lengths">Tokens of each sequence.</param>
    /// <param name="maxLength">The most tokens, at least 1.</param>
    /// <param name="overlong">The policy for longer sequences.</param>
    /// <param name="dataset">Knows where a sequence came from; null where only lengths are known.</param>
    /// <exception cref="ArgumentException">The dataset is empty, a sequence has no tokens, or a sequence is too long under <see cref="OverlongPolicy.Throw"/>; the message names it.</exception>
    public OverlongSequences(ReadOnlySpan<int> lengths, int maxLength, OverlongPolicy overlong, ISequenceDataset? dataset = null)
    {
        if (!Enum.IsDefined(overlong))
        {
            throw new ArgumentOutOfRangeException(nameof(overlong), overlong, "Unknown policy for sequences that are too long.");
        }

        if (lengths.IsEmpty)
        {
            throw new ArgumentException("There are no sequences; expected the lengths of at least one sequence.", nameof(lengths));
        }

        if (overlong == OverlongPolicy.Throw)
        {
            ThrowIfAny(lengths, maxLength, dataset);
        }

        int[] tooLong = overlong == OverlongPolicy.Throw ? [] : Find(lengths, maxLength);
        (LeftOut, Truncated) = overlong == OverlongPolicy.Drop ? (tooLong, Array.Empty<int>()) : ([], tooLong);
        Limit = new LengthLimit(maxLength, CutLeft: overlong == OverlongPolicy.TruncateLeft);
        Policy = overlong;
    }

    public OverlongPolicy Policy { get; }

    /// <summary>The length limit that sequences are cut to.</summary>
    public LengthLimit Limit { get; }

    /// <summary>Sequences that the policy drops, ascending.</summary>
    public int[] LeftOut { get; }

    /// <summary>Sequences that the policy cuts, ascending.</summary>
    public int[] Truncated { get; }

    /// <summary>The check of <see cref="OverlongPolicy.Throw"/>.</summary>
    /// <exception cref="ArgumentException">A sequence is too long or has no tokens; the message names it.</exception>
    public static void ThrowIfAny(ReadOnlySpan<int> lengths, int maxLength, ISequenceDataset? dataset)
    {
        int[] tooLong = Find(lengths, maxLength);
        if (tooLong.Length == 0)
        {
            return;
        }

        int longest = 0;
        foreach (int sequence in tooLong)
        {
            longest = Math.Max(longest, lengths[sequence]);
        }

        string first = dataset?.NameOf(tooLong[0]) ?? $"sequence {tooLong[0]}";
        string others = tooLong.Length > 1 ? $" ({tooLong.Length} such in all, the longest of {longest})" : "";
        throw new ArgumentException(
            $"{char.ToUpperInvariant(first[0])}{first[1..]} has {lengths[tooLong[0]]} tokens, and the most that a sequence may have is {maxLength}{others}: raise that to {longest}, "
            + $"or choose another overlong policy ({nameof(OverlongPolicy.TruncateRight)}, {nameof(OverlongPolicy.TruncateLeft)} or {nameof(OverlongPolicy.Drop)}).");
    }

    /// <summary>Their indices, ascending.</summary>
    private static int[] Find(ReadOnlySpan<int> lengths, int maxLength)
    {
        List<int> tooLong = [];
        int position = 0;
        while (lengths[position..].IndexOfAnyExceptInRange(1, maxLength) is var next and >= 0)
        {
            position += next;
            if (lengths[position] < 1)
            {
                throw new ArgumentException($"Sequence {position} has length {lengths[position]}; expected at least 1.", nameof(lengths));
            }

            tooLong.Add(position++);
        }

        return [.. tooLong];
    }
}
