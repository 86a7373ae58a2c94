namespace LongAlign.Cli.Commands;

/// <summary>A stretch of a shown row.</summary>
internal sealed record ShownPart(string Text, bool IsTarget);
