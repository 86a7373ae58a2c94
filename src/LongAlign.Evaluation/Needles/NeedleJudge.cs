using LongAlign.Evaluation.Judging;
using LongAlign.Requests;

namespace LongAlign.Evaluation.Needles;

/// <summary>Asks a judge to score replies to needle prompts, as the reference does, beside the exact match.</summary>
/// <remarks>The judge sees the question, the needles and the reply.</remarks>
public static class NeedleJudge
{
    /// <summary>Asks the judge.</summary>
    /// <param name="map">The model's replies.</param>
    /// <param name="runner">The runner that asks the judge: journal, concurrency, budget.</param>
    /// <param name="options">How: <see cref="JudgeOptions.ForNeedles"/>, or a prompt of a file with three holes, for question, needle and reply.</param>
    /// <param name="cancellationToken">Stops the run; the journal keeps what there is.</param>
    /// <returns>The map with verdicts. A reply without a verdict that can be read keeps the judge's words and the problem, and has no judge's score.</returns>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="RequestRunException">The run can't go on, or there was not one reply.</exception>
    public static async Task<NeedleMap> JudgeAsync(NeedleMap map, RequestRunner runner, JudgeOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(map);
        ChatScores scores = await LongBenchChat.JudgeAsync([.. map.Results.Select(AnswerOf)], runner, options, cancellationToken).ConfigureAwait(false);
        return new NeedleMap(map.Results.Zip(scores.Cases, (result, score) => result with { Verdicts = score.Verdicts }));
    }

    /// <summary>Reckons what <see cref="JudgeAsync"/> would cost at worst; makes no call.</summary>
    /// <inheritdoc cref="JudgeAsync" path="/param[@name!='cancellation']"/>
    /// <returns>Requests, tokens and price of what the journal does not have. Verdicts that have to be asked for again are not in it.</returns>
    public static CostEstimate DryRun(NeedleMap map, RequestRunner runner, JudgeOptions options)
    {
        ArgumentNullException.ThrowIfNull(map);
        return LongBenchChat.DryRunJudging([.. map.Results.Select(AnswerOf)], runner, options);
    }

    internal static CaseAnswer AnswerOf(NeedleResult result)
    {
        NeedlePrompt prompt = result.Prompt;
        string language = prompt.Needle.Language == NeedleLanguage.Chinese ? "zh" : "en";
        JudgeCase @case = new() { Id = prompt.Id, Prompt = "", Query = prompt.Question, Answer = string.Join('\n', prompt.Needles.Select(needle => needle.Text.Trim())), Language = language, Examples = [] };
        return new CaseAnswer { Case = @case, Text = result.Reply, FinishReason = result.FinishReason, MissingReason = result.MissingReason, Model = result.Model };
    }
}
