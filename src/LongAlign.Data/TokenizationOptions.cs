using LongAlign.Packing;

namespace LongAlign.Data;

/// <summary>How conversations become token sequences.</summary>
public sealed record TokenizationOptions
{
    /// <summary>Gets the most tokens of a sequence.</summary>
    /// <value>No limit by default.</value>
    public int MaxLength { get; init; } = int.MaxValue;

    /// <summary>Gets what happens to a longer conversation. Cutting on the left keeps the ids that begin a sequence.</summary>
    /// <value><see cref="OverlongPolicy.Throw"/> by default.</value>
    public OverlongPolicy Overlong { get; init; }

    /// <summary>Gets whether a conversation that the template has no place for is skipped and reported.</summary>
    /// <value>False by default: it is an error.</value>
    public bool SkipInvalid { get; init; }
}
