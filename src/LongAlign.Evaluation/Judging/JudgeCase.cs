namespace LongAlign.Evaluation.Judging;

/// <summary>A question over a long document, and what is known of its answers.</summary>
public sealed record JudgeCase
{
    /// <summary>Gets the case's name; <c>idx</c> in the reference's file.</summary>
    public required string Id { get; init; }

    /// <summary>Gets the model's prompt: document and question.</summary>
    public required string Prompt { get; init; }

    /// <summary>Gets the question alone, which is all that the judge sees.</summary>
    public required string Query { get; init; }

    /// <summary>Gets the reference answer.</summary>
    public required string Answer { get; init; }

    /// <summary>Gets <c>en</c>, <c>zh</c> or another.</summary>
    public required string Language { get; init; }

    /// <summary>Gets scored answers; none where there is no file of them.</summary>
    public required IReadOnlyList<ScoredAnswer> Examples { get; init; }
}
