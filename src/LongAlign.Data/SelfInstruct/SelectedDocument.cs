namespace LongAlign.Data.SelfInstruct;

/// <summary>A document with what the first reading found out about it.</summary>
internal sealed record SelectedDocument(SourceDocument Document, string Hash, int Tokens, DocumentLanguage Language);
