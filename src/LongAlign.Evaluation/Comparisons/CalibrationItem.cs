namespace LongAlign.Evaluation.Comparisons;

/// <summary>An answer that both people and the judge have scored.</summary>
public sealed class CalibrationItem
{
    /// <summary>Gets its case.</summary>
    public required string CaseId { get; init; }

    /// <summary>Gets its number among the case's scored answers, from 0.</summary>
    public required int Example { get; init; }

    /// <summary>Gets people's score.</summary>
    public required double Human { get; init; }

    /// <summary>Gets the judge's; null where it is missing.</summary>
    public required double? Judge { get; init; }

    /// <summary>Gets the reason why it is missing; null where it is not.</summary>
    public required string? MissingReason { get; init; }
}
