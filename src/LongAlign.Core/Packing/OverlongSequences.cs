using LongAlign.Sequences;

namespace LongAlign.Packing;

/// <summary>The sequences that have more tokens than they may have.</summary>
internal static class OverlongSequences
{
    /// <summary>Their indices, ascending.</summary>
    /// <param name="lengths">Tokens of each sequence.</param>
    /// <param name="maxLength">The most tokens.</param>
    /// <exception cref="ArgumentException">A length is less than 1; the message names its index.</exception>
    public static int[] Find(ReadOnlySpan<int> lengths, int maxLength)
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

    /// <summary>The error of <see cref="OverlongPolicy.Throw"/>.</summary>
    /// <param name="tooLong">What <see cref="Find"/> found, at least one.</param>
    /// <param name="lengths">Tokens of each sequence.</param>
    /// <param name="maxLength">The most tokens.</param>
    /// <param name="dataset">Knows where a sequence came from; null where only lengths are known.</param>
    public static ArgumentException Error(ReadOnlySpan<int> tooLong, ReadOnlySpan<int> lengths, int maxLength, ISequenceDataset? dataset = null)
    {
        int longest = 0;
        foreach (int sequence in tooLong)
        {
            longest = Math.Max(longest, lengths[sequence]);
        }

        string first = dataset?.NameOf(tooLong[0]) ?? $"sequence {tooLong[0]}";
        string others = tooLong.Length > 1 ? $" ({tooLong.Length} such in all, the longest of {longest})" : "";
        return new ArgumentException(
            $"{char.ToUpperInvariant(first[0])}{first[1..]} has {lengths[tooLong[0]]} tokens, and the most that a sequence may have is {maxLength}{others}: raise that to {longest}, "
            + $"or choose another overlong policy ({nameof(OverlongPolicy.TruncateRight)}, {nameof(OverlongPolicy.TruncateLeft)} or {nameof(OverlongPolicy.Drop)}).");
    }
}
