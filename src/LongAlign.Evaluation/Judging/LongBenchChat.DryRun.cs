using LongAlign.Requests;

namespace LongAlign.Evaluation.Judging;

/// <content>What a run would cost, before a call is made.</content>
public static partial class LongBenchChat
{
    /// <summary>A word that is one token of most tokenizers, and four bytes, as tokens are on average.</summary>
    private const string Word = " the";

    /// <summary>Reckons what <see cref="AnswerAsync"/> would cost at worst; makes no call.</summary>
    /// <inheritdoc cref="AnswerAsync" path="/param[@name!='cancellation']"/>
    /// <returns>Requests, tokens and price of what the journal does not have.</returns>
    public static CostEstimate DryRunAnswers(IReadOnlyList<JudgeCase> cases, RequestRunner runner, SamplingOptions sampling, PromptLimit? limit = null)
    {
        ArgumentNullException.ThrowIfNull(cases);
        ArgumentNullException.ThrowIfNull(runner);
        ArgumentNullException.ThrowIfNull(sampling);
        return runner.Estimate(cases.Select(@case => RequestOf(@case, Cut(@case, sampling, limit), sampling)));
    }

    /// <summary>Gives the answers that the journal has, and for each other one a text of the most tokens that it may have, to estimate judging with.</summary>
    /// <inheritdoc cref="AnswerAsync" path="/param[@name!='cancellation']"/>
    /// <returns>An answer a case, in order; makes no call.</returns>
    public static IReadOnlyList<CaseAnswer> ForeseeAnswers(IReadOnlyList<JudgeCase> cases, RequestRunner runner, SamplingOptions sampling, PromptLimit? limit = null)
    {
        ArgumentNullException.ThrowIfNull(cases);
        ArgumentNullException.ThrowIfNull(runner);
        ArgumentNullException.ThrowIfNull(sampling);
        return [.. cases.Select(@case =>
        {
            TruncatedText? prompt = Cut(@case, sampling, limit);
            ModelReply? reply = runner.FindReply(RequestOf(@case, prompt, sampling));
            string text = reply?.Text ?? string.Concat(Enumerable.Repeat(Word, sampling.MaxOutputTokens));
            return new CaseAnswer { Case = @case, Text = text, FinishReason = reply?.FinishReason, Prompt = prompt };
        })];
    }

    /// <summary>Reckons what <see cref="JudgeAsync"/> would cost at worst; makes no call.</summary>
    /// <inheritdoc cref="JudgeAsync" path="/param[@name!='cancellation']"/>
    /// <returns>Requests, tokens and price of what the journal does not have. Verdicts that have to be asked for again are not in it.</returns>
    public static CostEstimate DryRunJudging(IReadOnlyList<CaseAnswer> answers, RequestRunner runner, JudgeOptions options)
    {
        ArgumentNullException.ThrowIfNull(answers);
        ArgumentNullException.ThrowIfNull(runner);
        ThrowIfOutOfRange(options);
        return runner.Estimate(answers.Where(answer => answer.WhyNotJudged is null)
            .SelectMany(answer => Enumerable.Range(0, options.Repeats).Select(repeat => RequestOf(answer, repeat, options))));
    }
}
