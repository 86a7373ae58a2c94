namespace LongAlign.Evaluation.Judging;

/// <summary>The verdicts of a judge on an answer.</summary>
/// <param name="Answer">The answer.</param>
/// <param name="Verdicts">The last verdict of each repeat; empty where there is no answer, or one that was cut off or is empty.</param>
public sealed record CaseScore(CaseAnswer Answer, IReadOnlyList<Verdict> Verdicts)
{
    /// <summary>Gets the mean of the repeats that have a score; null where none has.</summary>
    public double? Score => Verdicts.Average(verdict => verdict.Score);

    /// <summary>Gets the reason why there is no score; null where there is one.</summary>
    public string? MissingReason => Score is not null ? null
        : Answer.WhyNotJudged is { } reason ? $"no answer: {reason}"
        : $"no verdict: {string.Join("; ", Verdicts.Select(verdict => $"{verdict.Problem}: '{verdict.Reply}'"))}";

    /// <summary>Gets the largest difference between two repeats; 0 with fewer than two scores.</summary>
    public double Spread => Verdicts.Max(verdict => verdict.Score) - Verdicts.Min(verdict => verdict.Score) ?? 0;
}
