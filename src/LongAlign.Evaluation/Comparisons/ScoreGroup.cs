namespace LongAlign.Evaluation.Comparisons;

/// <summary>Questions that have something in common.</summary>
/// <param name="Name">Its name: a range of lengths, a task, a language.</param>
/// <param name="Count">Questions, those without a pair of scores included.</param>
/// <param name="Comparison">The comparison on these questions; null where fewer than two have both scores.</param>
public sealed record ScoreGroup(string Name, int Count, PairedComparison? Comparison);
