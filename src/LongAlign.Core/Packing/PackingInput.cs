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
        _lengths = lengths;
        Capacity = capacity;
        MaxSequencesPerPack = maxSequencesPerPack;
        Overlong = new OverlongSequences(lengths, capacity, overlong);
    }

    public int Capacity { get; }

    /// <summary>Sequences longer than the capacity.</summary>
    public OverlongSequences Overlong { get; }

    public int MaxSequencesPerPack { get; }

    /// <summary>All sequences, left-out ones included.</summary>
    public int Count => _lengths.Length;

    /// <summary>Sequences that are to be packed.</summary>
    public int PlacedCount => Count - Overlong.LeftOut.Length;

    /// <summary>Tokens of a sequence, cut to the capacity; 0 for one that is left out.</summary>
    public int LengthOf(int sequence)
    {
        int length = _lengths[sequence];
        return length <= Capacity ? length : Overlong.Policy == OverlongPolicy.Drop ? 0 : Capacity;
    }
}
