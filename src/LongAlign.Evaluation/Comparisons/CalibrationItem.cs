namespace LongAlign.Evaluation.Comparisons;

/// <summary>An answer that both people and the judge have scored.</summary>
public sealed class CalibrationItem
{
    internal CalibrationItem(string caseId, int example, double human, double? judge, string? missingReason)
    {
        CaseId = caseId;
        Example = example;
        Human = human;
        Judge = judge;
        MissingReason = missingReason;
    }

    /// <summary>Gets its case.</summary>
    public string CaseId { get; }

    /// <summary>Gets its number among the case's scored answers, from 0.</summary>
    public int Example { get; }

    /// <summary>Gets people's score.</summary>
    public double Human { get; }

    /// <summary>Gets the judge's; null where it is missing.</summary>
    public double? Judge { get; }

    /// <summary>Gets why it is missing; null where it is not.</summary>
    public string? MissingReason { get; }
}
