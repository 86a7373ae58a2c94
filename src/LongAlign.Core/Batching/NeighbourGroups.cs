using LongAlign.Sequences;

namespace LongAlign.Batching;

/// <summary>Cuts a sorted row into groups of neighbours, so that what runs at the same time takes about as long.</summary>
internal static class NeighbourGroups
{
    /// <summary>A random order of the groups; the one that is not whole comes last, from a random place of the row.</summary>
    /// <param name="sorted">The items to group, ascending by cost.</param>
    /// <param name="groupSize">Members of a group.</param>
    /// <param name="random">Decides the order.</param>
    /// <param name="fill">Whether the last group is filled with neighbours, which are then in two groups.</param>
    public static int[] Arrange(ReadOnlySpan<int> sorted, int groupSize, ref SeededRandom random, bool fill)
    {
        int groups = sorted.Length / groupSize;
        int[] order = random.Permutation(groups);
        return Arrange(sorted, groupSize, order, random.Next(groups + 1), fill);
    }

    /// <summary>Lays out the groups of an epoch.</summary>
    /// <param name="sorted">The items to group, ascending by cost.</param>
    /// <param name="groupSize">Members of a group, no more than there are.</param>
    /// <param name="groupOrder">The order of the whole groups.</param>
    /// <param name="remainderAt">The number of whole groups that cost less than the last group.</param>
    /// <param name="fill">Whether the last group is filled with neighbours.</param>
    public static int[] Arrange(ReadOnlySpan<int> sorted, int groupSize, ReadOnlySpan<int> groupOrder, int remainderAt, bool fill = false)
    {
        int whole = groupOrder.Length * groupSize;
        int remainder = sorted.Length - whole;
        int last = fill && remainder > 0 ? groupSize : remainder;
        int[] order = new int[whole + last];
        Span<int> rest = order;
        foreach (int group in groupOrder)
        {
            int start = (group * groupSize) + (group >= remainderAt ? remainder : 0);
            sorted.Slice(start, groupSize).CopyTo(rest);
            rest = rest[groupSize..];
        }

        sorted.Slice(Math.Min(remainderAt * groupSize, sorted.Length - last), last).CopyTo(rest);
        return order;
    }
}
