using LongAlign.Evaluation.Judging;

namespace LongAlign.Evaluation.Needles;

/// <summary>What became of one prompt.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Reply">The reply; null where there is none.</param>
/// <param name="Score">By exact match, from 0 to 1; null where there is no reply.</param>
/// <param name="MissingReason">Why there is no reply; null where there is one.</param>
public sealed record NeedleResult(NeedlePrompt Prompt, string? Reply, double? Score, string? MissingReason)
{
    /// <summary>Gets the model's id as the provider says it; null where there is no reply.</summary>
    public string? Model { get; init; }

    /// <summary>Gets what a judge said, one verdict a repeat.</summary>
    /// <value>Empty unless a judge was asked.</value>
    public IReadOnlyList<Verdict> Verdicts { get; init; } = [];

    /// <summary>Gets the mean of the judge's verdicts that have a score; null where none has.</summary>
    public double? JudgeScore => Verdicts.Average(verdict => verdict.Score);
}
