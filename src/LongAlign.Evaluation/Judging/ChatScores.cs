using System.Globalization;

namespace LongAlign.Evaluation.Judging;

/// <summary>The scores of a model's answers. A case without a score is missing: it is in no mean, and bounds say what it could change.</summary>
/// <param name="Cases">All cases, the missing ones included.</param>
/// <param name="Min">The worst score that there can be.</param>
/// <param name="Max">The best score that there can be.</param>
public sealed record ChatScores(IReadOnlyList<CaseScore> Cases, int Min, int Max)
{
    /// <summary>Gets the cases without a score; each has its reason.</summary>
    public IReadOnlyList<CaseScore> Missing => [.. Cases.Where(score => score.Score is null)];

    /// <summary>Gets the mean of the cases that have a score; null where none has.</summary>
    public double? Mean => Cases.Average(score => score.Score);

    /// <summary>Gets the sum, which the reference reports; null where a case is missing.</summary>
    public double? Sum => Missing.Count == 0 ? Cases.Sum(score => score.Score) : null;

    /// <summary>Gets the place of the mean between the worst and the best score, in per cent, as LongBench's ratings are told; null where there is no mean.</summary>
    public double? PercentOfRange => 100 * (Mean - Min) / (Max - Min);

    /// <summary>Gets the mean if every missing case had the worst score.</summary>
    public double LowerBound => Cases.Average(score => score.Score ?? Min);

    /// <summary>Gets the mean if every missing case had the best score.</summary>
    public double UpperBound => Cases.Average(score => score.Score ?? Max);

    /// <summary>One line: mean, number of cases, and bounds where cases are missing.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{(Mean is { } mean ? mean.ToString("0.00", CultureInfo.InvariantCulture) : "no score")} over {Cases.Count - Missing.Count} of {Cases.Count} cases")
        + (Missing.Count == 0 ? "" : string.Create(
            CultureInfo.InvariantCulture, $", between {LowerBound:0.00} and {UpperBound:0.00} over all; missing: {string.Join(", ", Missing.Select(score => score.Answer.Case.Id))}"));
}
