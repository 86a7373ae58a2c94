namespace LongAlign.Evaluation.Judging;

/// <summary>A text with its middle cut out, or whole.</summary>
public sealed record TruncatedText
{
    /// <summary>Gets the text that is left.</summary>
    public required string Text { get; init; }

    /// <summary>Gets the number of tokens of the whole.</summary>
    public required int OriginalTokenCount { get; init; }

    /// <summary>Gets the character of the whole at which the cut begins.</summary>
    public required int CutStart { get; init; }

    /// <summary>Gets the number of characters cut out; 0 where the text is whole.</summary>
    public required int CutLength { get; init; }
}
