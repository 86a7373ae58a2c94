namespace LongAlign.Evaluation.Comparisons;

/// <summary>An answer that both people and the judge have scored.</summary>
/// <param name="CaseId">Its case.</param>
/// <param name="Example">Its number among the case's scored answers, from 0.</param>
/// <param name="Human">People's score.</param>
/// <param name="Judge">The judge's; null where it is missing.</param>
/// <param name="MissingReason">Why it is missing; null where it is not.</param>
public sealed record CalibrationItem(string CaseId, int Example, double Human, double? Judge, string? MissingReason);
