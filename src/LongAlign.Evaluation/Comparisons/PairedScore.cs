namespace LongAlign.Evaluation.Comparisons;

/// <summary>Two models' scores of the same question; the higher the better.</summary>
/// <param name="Id">The question.</param>
/// <param name="A">The base's score; null where it is missing.</param>
/// <param name="B">The other's score; null where it is missing.</param>
public sealed record PairedScore(string Id, double? A, double? B)
{
    /// <summary>Gets the length of the prompt, in tokens or whatever <see cref="ComparisonOptions.LengthBounds"/> are in.</summary>
    /// <value>None unless set; the question is then in no group of lengths.</value>
    public int? Length { get; init; }

    /// <summary>Gets the task.</summary>
    /// <value>None unless set.</value>
    public string? Task { get; init; }

    /// <summary>Gets the language.</summary>
    /// <value>None unless set.</value>
    public string? Language { get; init; }

    /// <summary>Gets the reason why a score is missing.</summary>
    /// <value>None unless set.</value>
    public string? MissingReason { get; init; }
}
