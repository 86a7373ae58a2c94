namespace LongAlign.Data;

/// <summary>A source of a mix, and how much of it is wanted: a count, a weight, or all.</summary>
internal sealed record MixSource(ChatDataset Chats, int? Count, double? Weight);
