namespace LongAlign.Evaluation.Judging;

/// <summary>A text with its middle cut out, or whole.</summary>
/// <param name="Text">What is left.</param>
/// <param name="OriginalTokenCount">Tokens of the whole.</param>
/// <param name="CutStart">The character of the whole at which the cut begins.</param>
/// <param name="CutLength">Characters cut out; 0 where the text is whole.</param>
public sealed record TruncatedText(string Text, int OriginalTokenCount, int CutStart, int CutLength);
