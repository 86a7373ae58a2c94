namespace LongAlign.Packing;

/// <summary>The pack of each sequence, while an algorithm goes through them by length.</summary>
internal sealed class PackAssignment(LengthClasses classes)
{
    private readonly int[] _packOf = new int[classes.Order.Length];
    private int[] _sizes = new int[64];

    /// <summary>Packs opened so far.</summary>
    public int Count { get; private set; }

    /// <summary>Opens another pack.</summary>
    public int Open()
    {
        if (Count == _sizes.Length)
        {
            Array.Resize(ref _sizes, 2 * Count);
        }

        return Count++;
    }

    /// <summary>Sequences in a pack.</summary>
    public int SizeOf(int pack) => _sizes[pack];

    /// <summary>Puts neighbours of the order into a pack.</summary>
    public void Assign(int start, int count, int pack)
    {
        _sizes[pack] += count;
        _packOf.AsSpan(start, count).Fill(pack);
    }

    /// <summary>Lays the sequences of each pack side by side.</summary>
    public PackingPlan ToPlan(PackingInput input)
    {
        int[] starts = new int[Count + 1];
        for (int pack = 0; pack < Count; pack++)
        {
            starts[pack + 1] = starts[pack] + _sizes[pack];
        }

        // Sizes become the places of the next sequences.
        Array.Copy(starts, _sizes, Count);
        int[] order = classes.Order;
        int[] indices = new int[order.Length];
        for (int k = 0; k < order.Length; k++)
        {
            indices[_sizes[_packOf[k]]++] = order[k];
        }

        return new PackingPlan(input, indices, starts, classes.TokenCount);
    }
}
