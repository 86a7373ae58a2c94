namespace LongAlign.Packing;

/// <summary>Sequences by length, longest first, ties by index: a counting sort.</summary>
internal sealed class LengthClasses
{
    private readonly int[] _ends;

    public LengthClasses(PackingInput input)
    {
        // Slot 0 gathers those that are left out; it is never read.
        _ends = new int[input.Capacity + 1];
        for (int i = 0; i < input.Count; i++)
        {
            _ends[input.LengthOf(i)]++;
        }

        int position = 0;
        for (int length = input.Capacity; length > 0; length--)
        {
            TokenCount += (long)length * _ends[length];
            (_ends[length], position) = (position, position + _ends[length]);
        }

        Order = new int[input.PlacedCount];
        for (int i = 0; i < input.Count; i++)
        {
            int length = input.LengthOf(i);
            if (length > 0)
            {
                Order[_ends[length]++] = i;
            }
        }
    }

    /// <summary>The sequences.</summary>
    public int[] Order { get; }

    /// <summary>Tokens of all of them.</summary>
    public long TokenCount { get; }

    /// <summary>The longest length that there may be.</summary>
    public int MaxLength => _ends.Length - 1;

    /// <summary>The end of the sequences of a length in <see cref="Order"/>, where those of the next shorter length begin.</summary>
    public int EndOf(int length) => _ends[length];
}
