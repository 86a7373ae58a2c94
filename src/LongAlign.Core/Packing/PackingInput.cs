namespace LongAlign.Packing;

/// <summary>Checked lengths, cut to the capacity, in the order in which an algorithm places them.</summary>
internal sealed class PackingInput
{
    private readonly int[] _lengths;

    private PackingInput(int[] lengths, int[] order, int capacity, OverlongPolicy overlong, int[] leftOut, int[] truncated)
    {
        _lengths = lengths;
        Order = order;
        Capacity = capacity;
        Overlong = overlong;
        LeftOut = leftOut;
        Truncated = truncated;
        foreach (int sequence in order)
        {
            TokenCount += lengths[sequence];
        }
    }

    public int Capacity { get; }

    public OverlongPolicy Overlong { get; }

    /// <summary>Sequences to be packed, left-out ones missing.</summary>
    public int[] Order { get; private set; }

    public int[] LeftOut { get; }

    public int[] Truncated { get; }

    public long TokenCount { get; }

    /// <summary>Tokens of a sequence, cut to the capacity.</summary>
    public int LengthOf(int sequence) => _lengths[sequence];

    public static PackingInput Check(ReadOnlySpan<int> lengths, int capacity, OverlongPolicy overlong)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, PackingAlgorithm.MaxCapacity);
        if (!Enum.IsDefined(overlong))
        {
            throw new ArgumentOutOfRangeException(nameof(overlong), overlong, "Unknown policy for sequences longer than the capacity.");
        }

        if (lengths.IsEmpty)
        {
            throw new ArgumentException("There are no lengths; expected those of at least one sequence.", nameof(lengths));
        }

        int[] cut = lengths.ToArray();
        int[] order = new int[cut.Length];
        List<int> tooLong = [];
        int kept = 0;
        for (int i = 0; i < cut.Length; i++)
        {
            if (cut[i] > capacity)
            {
                tooLong.Add(i);
                cut[i] = capacity;
                if (overlong == OverlongPolicy.Drop)
                {
                    continue;
                }
            }
            else if (cut[i] < 1)
            {
                throw new ArgumentException($"Sequence {i} has length {cut[i]}; expected at least 1.", nameof(lengths));
            }

            order[kept++] = i;
        }

        if (tooLong.Count > 0 && overlong == OverlongPolicy.Throw)
        {
            int first = tooLong[0];
            throw new ArgumentException(
                $"Sequence {first} has {lengths[first]} tokens and a pack {capacity} ({tooLong.Count} such in all): choose a larger capacity, or let them be truncated or dropped.",
                nameof(lengths));
        }

        Array.Resize(ref order, kept);
        bool dropped = overlong == OverlongPolicy.Drop;
        return new PackingInput(cut, order, capacity, overlong, dropped ? [.. tooLong] : [], dropped ? [] : [.. tooLong]);
    }

    /// <summary>Longest first, ties by index: a counting sort over lengths.</summary>
    public void SortDescending()
    {
        int[] ends = new int[Capacity + 1];
        foreach (int sequence in Order)
        {
            ends[_lengths[sequence]]++;
        }

        int position = 0;
        for (int length = Capacity; length > 0; length--)
        {
            (ends[length], position) = (position, position + ends[length]);
        }

        int[] sorted = new int[Order.Length];
        foreach (int sequence in Order)
        {
            sorted[ends[_lengths[sequence]]++] = sequence;
        }

        Order = sorted;
    }
}
