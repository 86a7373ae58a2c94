namespace LongAlign.Evaluation.Judging;

/// <summary>A model's answer to a case.</summary>
/// <param name="Case">The case.</param>
/// <param name="Text">The answer; null where there is none.</param>
/// <param name="FinishReason">Why the model stopped, as it says; <c>length</c> where the answer is cut off.</param>
/// <param name="MissingReason">Why there is no answer; null where there is one.</param>
/// <param name="Prompt">The prompt as it was asked, with what was cut out of it; null where prompts have no limit.</param>
public sealed record CaseAnswer(JudgeCase Case, string? Text, string? FinishReason, string? MissingReason, TruncatedText? Prompt)
{
    /// <summary>Gets the model's id as the provider says it; null where there is no answer.</summary>
    public string? Model { get; init; }
}
