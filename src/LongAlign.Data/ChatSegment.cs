namespace LongAlign.Data;

/// <summary>A stretch of a rendered conversation that is tokenized on its own.</summary>
/// <param name="Text">The text; special strings in it are ordinary text.</param>
/// <param name="IsAnswer">Whether the model is to learn it; the end of the turn follows.</param>
public readonly record struct ChatSegment(string Text, bool IsAnswer);
