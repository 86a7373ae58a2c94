namespace LongAlign.Sequences;

/// <summary>The most tokens of a sequence that are used, and which side of a longer one is cut off.</summary>
/// <param name="MaxTokens">Tokens that are kept at the most, at least 1.</param>
/// <param name="CutLeft">True: the first tokens of a longer sequence are cut off; false: the last ones.</param>
public readonly record struct LengthLimit(int MaxTokens, bool CutLeft = false)
{
    /// <summary>No sequence is cut.</summary>
    public static LengthLimit None { get; } = new(int.MaxValue);

    /// <summary>The slice of a sequence that is used.</summary>
    /// <param name="length">Tokens of the whole sequence.</param>
    /// <returns>The first token used and the number of tokens used.</returns>
    public (int Start, int Length) Slice(int length)
    {
        int kept = Math.Min(length, MaxTokens);
        return (CutLeft ? length - kept : 0, kept);
    }
}
