namespace LongAlign.Evaluation.Comparisons;

/// <summary>A question that lacks a score.</summary>
/// <param name="Id">The question.</param>
/// <param name="LacksA">Whether A's score is missing.</param>
/// <param name="LacksB">Whether B's score is missing.</param>
/// <param name="Reason">Why, as far as it is known.</param>
public sealed record MissingScore(string Id, bool LacksA, bool LacksB, string Reason);
