namespace LongAlign.Data;

/// <summary>A segment's tokens.</summary>
/// <param name="Ids">The ids.</param>
/// <param name="IsAnswer">Whether the model is to learn them; the end of the turn follows.</param>
internal readonly record struct TokenSegment(IReadOnlyList<int> Ids, bool IsAnswer);
