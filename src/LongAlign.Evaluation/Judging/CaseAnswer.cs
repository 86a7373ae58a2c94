using LongAlign.Data.Requests;

namespace LongAlign.Evaluation.Judging;

/// <summary>A model's answer to a case.</summary>
/// <param name="Case">The case.</param>
/// <param name="Text">The answer; null where there is none. What the model thinks in it is not judged.</param>
/// <param name="FinishReason">Why the model stopped, as it says; <c>length</c> where the answer is cut off, and is not judged.</param>
/// <param name="MissingReason">Why there is no answer; null where there is one.</param>
/// <param name="Prompt">The prompt as it was asked, with what was cut out of it; null where prompts have no limit.</param>
public sealed record CaseAnswer(JudgeCase Case, string? Text, string? FinishReason, string? MissingReason, TruncatedText? Prompt)
{
    /// <summary>Gets the model's id as the provider says it; null where there is no answer.</summary>
    public string? Model { get; init; }

    /// <summary>The answer without the model's thoughts.</summary>
    internal string? Said => Text is null ? null : SpokenText.Of(Text).Text;

    /// <summary>Why there is nothing to judge; null where there is an answer. One that was cut off or is empty is none.</summary>
    internal string? WhyNotJudged => MissingReason
        ?? (FinishReasons.IsCut(FinishReason) ? $"it was cut off ({FinishReason}); a model needs room to end, and to think"
            : string.IsNullOrWhiteSpace(Said) ? "it is empty"
            : null);
}
