namespace LongAlign.Data.Templates.Jinja;

/// <summary>A stretch of a text, up to the next, whose characters come from one place.</summary>
/// <param name="Start">Its first character in the text.</param>
/// <param name="Source">Its source; null for a literal of the template.</param>
/// <param name="SourceStart">Its first character there.</param>
/// <param name="SourceLength">The number of source characters it stands for: as many as it has, or those that it is the escape of.</param>
internal readonly record struct TextRun(int Start, TextSource? Source, int SourceStart, int SourceLength);
