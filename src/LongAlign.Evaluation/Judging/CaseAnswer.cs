using LongAlign.Requests;

namespace LongAlign.Evaluation.Judging;

/// <summary>A model's answer to a case.</summary>
public sealed record CaseAnswer
{
    /// <summary>Gets the case.</summary>
    public required JudgeCase Case { get; init; }

    /// <summary>Gets the answer; null where there is none. Thoughts in it are not judged.</summary>
    public string? Text { get; init; }

    /// <summary>Gets the reason why the model stopped, as it says; <c>length</c> where the answer is cut off, and is not judged.</summary>
    public string? FinishReason { get; init; }

    /// <summary>Gets the reason why there is no answer; null where there is one.</summary>
    public string? MissingReason { get; init; }

    /// <summary>Gets the prompt as it was asked, with what was cut out of it; null where prompts have no limit.</summary>
    public TruncatedText? Prompt { get; init; }

    /// <summary>Gets the model's id as the provider says it; null where there is no answer.</summary>
    public string? Model { get; init; }

    /// <summary>The answer without the model's thoughts.</summary>
    internal string? Said => Text is null ? null : SpokenText.Of(Text).Text;

    /// <summary>The reason why there is nothing to judge; null where there is an answer. One that was cut off or is empty doesn't count.</summary>
    internal string? WhyNotJudged => MissingReason
        ?? (FinishReasons.IsCut(FinishReason) ? $"it was cut off ({FinishReason}); a model needs room to end, and to think"
            : string.IsNullOrWhiteSpace(Said) ? "it is empty"
            : null);
}
