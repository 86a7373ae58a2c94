namespace LongAlign.Evaluation.Reports;

/// <summary>A model's reply to a question, with its score and the judge's verdicts.</summary>
public sealed record ReportReply
{
    /// <summary>Gets the reply; null where there is none.</summary>
    public string? Text { get; init; }

    /// <summary>Gets the score; null where it is missing.</summary>
    public double? Score { get; init; }

    /// <summary>Gets the reason why the score is missing; null where there is one.</summary>
    public string? MissingReason { get; init; }

    /// <summary>Gets the words of the judge, one a repeat.</summary>
    /// <value>Empty unless a judge was asked.</value>
    public IReadOnlyList<string> Verdicts { get; init; } = [];
}
