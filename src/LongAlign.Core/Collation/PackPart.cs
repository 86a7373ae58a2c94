namespace LongAlign.Collation;

/// <summary>The tokens of a pack that lie on this rank, where several ranks share the pack: as many neighbours on each.</summary>
/// <remarks>
/// What goes into a model (<see cref="TrainingBatch.InputIds"/> and <see cref="TrainingBatch.PositionIds"/>) and what comes out of it has the tokens of
/// the part; <see cref="Attention.BlockDiagonalAttention"/> meets the other ranks and attends over the whole pack. Immutable.
/// </remarks>
public sealed class PackPart
{
    internal PackPart(PackLayout whole, int index, int count, IPartExchange exchange)
    {
        Whole = whole;
        Index = index;
        Count = count;
        Exchange = exchange;
    }

    /// <summary>The part, from 0 to <see cref="Count"/> - 1.</summary>
    public int Index { get; }

    /// <summary>The parts of the pack: ranks that share it.</summary>
    public int Count { get; }

    /// <summary>The first token of the part, counted from the start of the pack.</summary>
    public int Start => Index * TokenCount;

    /// <summary>Tokens of the part, padding included; the same on each rank.</summary>
    public int TokenCount => Whole.TokenCount / Count;

    /// <summary>The layout of the pack as one process would have it.</summary>
    internal PackLayout Whole { get; }

    internal IPartExchange Exchange { get; }
}
