namespace LongAlign.Packing;

/// <summary>Checked lengths, cut to the capacity as they are read. A view: nothing is copied.</summary>
internal readonly ref struct PackingInput
{
    private readonly ReadOnlySpan<int> _lengths;

    /// <summary>Checks everything that a caller can get wrong.</summary>
    public PackingInput(ReadOnlySpan<int> lengths, int capacity, OverlongPolicy overlong, int maxSequencesPerPack)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, PackingAlgorithm.MaxCapacity);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxSequencesPerPack, 1);
        if (!Enum.IsDefined(overlong))
        {
            throw new ArgumentOutOfRangeException(nameof(overlong), overlong, "Unknown policy for sequences longer than the capacity.");
        }

        if (lengths.IsEmpty)
        {
            throw new ArgumentException("There are no lengths; expected those of at least one sequence.", nameof(lengths));
        }

        _lengths = lengths;
        Capacity = capacity;
        Overlong = overlong;
        MaxSequencesPerPack = maxSequencesPerPack;
        TooLong = OverlongSequences.Find(lengths, capacity);
        if (TooLong.Length > 0 && overlong == OverlongPolicy.Throw)
        {
            throw OverlongSequences.Error(TooLong, lengths, capacity);
        }
    }

    public int Capacity { get; }

    public OverlongPolicy Overlong { get; }

    public int MaxSequencesPerPack { get; }

    /// <summary>Sequences longer than the capacity, ascending.</summary>
    public int[] TooLong { get; }

    /// <summary>All sequences, left-out ones included.</summary>
    public int Count => _lengths.Length;

    /// <summary>Sequences that are to be packed.</summary>
    public int PlacedCount => Overlong == OverlongPolicy.Drop ? Count - TooLong.Length : Count;

    /// <summary>Tokens of a sequence, cut to the capacity; 0 for one that is left out.</summary>
    public int LengthOf(int sequence)
    {
        int length = _lengths[sequence];
        return length <= Capacity ? length : Overlong == OverlongPolicy.Drop ? 0 : Capacity;
    }
}
