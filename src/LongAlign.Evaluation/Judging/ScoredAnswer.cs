namespace LongAlign.Evaluation.Judging;

/// <summary>An answer that people have scored, for the judge to measure by.</summary>
/// <param name="Answer">The answer.</param>
/// <param name="Score">Its score.</param>
public sealed record ScoredAnswer(string Answer, double Score);
