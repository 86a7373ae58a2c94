namespace LongAlign.Data.Templates.Jinja;

/// <summary>A text of the input, from which characters of other texts come.</summary>
/// <param name="Text">The text.</param>
/// <param name="Tag">What the caller knows it by.</param>
internal sealed record TextSource(string Text, object? Tag);
