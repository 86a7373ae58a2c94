using LongAlign.Evaluation.Judging;
using LongAlign.Requests;

namespace LongAlign.Evaluation.Needles;

/// <summary>The result of one prompt.</summary>
public sealed record NeedleResult
{
    /// <summary>Gets the prompt.</summary>
    public required NeedlePrompt Prompt { get; init; }

    /// <summary>Gets the reply; null where there is none.</summary>
    public string? Reply { get; init; }

    /// <summary>Gets by <see cref="Needle.Score(string)"/>, from 0 to 1; null where there is no reply.</summary>
    public double? Score { get; init; }

    /// <summary>Gets the reason why there is no reply; null where there is one.</summary>
    public string? MissingReason { get; init; }

    /// <summary>Gets the model's id as the provider says it; null where there is no reply.</summary>
    public string? Model { get; init; }

    /// <summary>Gets the reason why the model stopped, as it says; <c>length</c> where the reply is cut off, and no judge is asked.</summary>
    public string? FinishReason { get; init; }

    /// <summary>Gets a judge's verdicts, one a repeat.</summary>
    /// <value>Empty unless a judge was asked.</value>
    public IReadOnlyList<Verdict> Verdicts { get; init; } = [];

    /// <summary>Gets the mean of the judge's verdicts that have a score; null where none has.</summary>
    public double? JudgeScore => Verdicts.Average(verdict => verdict.Score);

    /// <summary>The result of a reply. One that was cut off before the model said anything, within its thoughts, is none.</summary>
    internal static NeedleResult Of(NeedlePrompt prompt, string reply, string? finishReason, string? model)
    {
        bool isCutOff = FinishReasons.IsCut(finishReason);
        return isCutOff && string.IsNullOrWhiteSpace(SpokenText.Of(reply).Text)
            ? new NeedleResult { Prompt = prompt, MissingReason = $"it was cut off ({finishReason}) before it said anything; a model that thinks needs room for it", Model = model, FinishReason = finishReason }
            : new NeedleResult { Prompt = prompt, Reply = reply, Score = prompt.Score(reply, isCutOff), Model = model, FinishReason = finishReason };
    }
}
