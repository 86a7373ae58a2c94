namespace LongAlign.Data.SelfInstruct;

/// <summary>A document that no row came of.</summary>
/// <param name="Id">The document.</param>
/// <param name="Reason">Why.</param>
/// <param name="Detail">More of it: tokens, a provider's message, the beginning of an answer.</param>
public sealed record DroppedDocument(string Id, DropReason Reason, string Detail);
