namespace LongAlign.Evaluation.Judging;

/// <summary>A question over a long document, and what is known of its answers.</summary>
/// <param name="Id">The case's name; <c>idx</c> in the reference's file.</param>
/// <param name="Prompt">What the model is told: document and question.</param>
/// <param name="Query">The question alone, which is all that the judge sees.</param>
/// <param name="Answer">The reference answer.</param>
/// <param name="Language"><c>en</c>, <c>zh</c> or another.</param>
/// <param name="Examples">Scored answers; none where there is no file of them.</param>
public sealed record JudgeCase(string Id, string Prompt, string Query, string Answer, string Language, IReadOnlyList<ScoredAnswer> Examples);
