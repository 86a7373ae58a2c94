namespace LongAlign.Data;

/// <summary>A conversation that did not become a sequence.</summary>
/// <param name="Source">Its file and line.</param>
/// <param name="Reason">Why.</param>
public sealed record SkippedConversation(string Source, string Reason);
