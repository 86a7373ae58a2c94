namespace LongAlign.Data.Templates.Jinja;

/// <summary>A text of the input, from which characters of other texts come.</summary>
/// <param name="Text">The text.</param>
/// <param name="Tag">The caller's tag.</param>
internal sealed record TextSource(string Text, object? Tag);
