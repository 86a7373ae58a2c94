namespace LongAlign.Data;

/// <summary>A stretch of a rendered conversation that is tokenized on its own.</summary>
/// <param name="Text">The text, in which special strings are ordinary text; or the name of a special token.</param>
/// <param name="IsAnswer">Whether the model is to learn it; the end of the turn follows.</param>
/// <param name="IsSpecial">Whether the text is the name of a special token.</param>
/// <param name="Continues">Whether it stands right behind the text before it; otherwise SentencePiece begins it with a space of its own.</param>
public readonly record struct ChatSegment(string Text, bool IsAnswer, bool IsSpecial = false, bool Continues = false)
{
    internal static ChatSegment Special(string name) => new(name, IsAnswer: false, IsSpecial: true);

    internal static ChatSegment Prompt(string text) => new(text, IsAnswer: false);

    internal static ChatSegment Answer(string text) => new(text, IsAnswer: true);
}
