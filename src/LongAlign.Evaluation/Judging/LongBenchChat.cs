using LongAlign.Evaluation.Texts;
using LongAlign.Requests;
using Microsoft.Extensions.AI;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace LongAlign.Evaluation.Judging;

/// <summary>
/// LongBench-Chat: a model answers questions over long documents, and a judge scores the answers by a reference answer and scored examples
/// (Bai et al. 2024, Sec. 4.1 and App. C.1). Answering and judging are apart, so that answers can be judged again.
/// </summary>
/// <example>
/// <code>
/// IReadOnlyList&lt;JudgeCase&gt; cases = JudgeCases.Load("test_cases.json", "few_shots.json");
/// IReadOnlyList&lt;CaseAnswer&gt; answers = await LongBenchChat.AnswerAsync(cases, modelRunner, new SamplingOptions { Model = "tuned", MaxOutputTokens = 1_024 });
/// ChatScores scores = await LongBenchChat.JudgeAsync(answers, judgeRunner, new JudgeOptions { Sampling = new SamplingOptions { Model = "judge", Temperature = 0 } });
/// Console.WriteLine(scores);    // the mean, and what missing cases could change
/// </code>
/// </example>
public static partial class LongBenchChat
{
    /// <summary>Requests of further attempts are numbered from here, beyond any number of repeats.</summary>
    private const int AttemptStride = 1_000;

    /// <summary>Asks the model.</summary>
    /// <param name="cases">The cases.</param>
    /// <param name="runner">The runner that asks the model: journal, concurrency, budget.</param>
    /// <param name="sampling">The options of the model's replies. The reference has temperature 1 and 1,024 tokens.</param>
    /// <param name="limit">The limit on the length of prompts; null for no limit.</param>
    /// <param name="cancellationToken">Stops the run; the journal keeps what there is.</param>
    /// <returns>An answer a case, in order; a failed one with its reason.</returns>
    /// <exception cref="ArgumentException">A case is of a file of results, without its prompt; or the limit leaves no room for one.</exception>
    /// <exception cref="RequestRunException">The run can't go on, or there was not one answer.</exception>
    public static async Task<IReadOnlyList<CaseAnswer>> AnswerAsync(
        IReadOnlyList<JudgeCase> cases, RequestRunner runner, SamplingOptions sampling, PromptLimit? limit = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(cases);
        ArgumentNullException.ThrowIfNull(runner);
        ArgumentNullException.ThrowIfNull(sampling);
        if (cases.FirstOrDefault(@case => LeftOutText.IsOne(@case.Prompt)) is { } loaded)
        {
            throw new ArgumentException($"The prompt of case {loaded.Id} is left out in the file of results that it is of: load the cases themselves.", nameof(cases));
        }

        return await CollectAsync(runner.RunAsync(cases, AskAsync, cancellationToken)).ConfigureAwait(false);

        async Task<CaseAnswer> AskAsync(JudgeCase @case, CancellationToken token)
        {
            TruncatedText? prompt = Cut(@case, sampling, limit);
            RequestOutcome outcome = await runner.SendAsync(RequestOf(@case, prompt, sampling), token).ConfigureAwait(false);
            return new CaseAnswer { Case = @case, Text = outcome.Reply?.Text, FinishReason = outcome.Reply?.FinishReason, MissingReason = outcome.Failure?.Message, Prompt = prompt, Model = outcome.Reply?.Model };
        }
    }

    /// <summary>Asks a judge to score answers.</summary>
    /// <param name="answers">The answers.</param>
    /// <param name="runner">The runner that asks the judge: journal, concurrency, budget.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Stops the run; the journal keeps what there is.</param>
    /// <returns>A score a case, in order; missing where there is no answer, one that was cut off or is empty, or no verdict that can be read.</returns>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="RequestRunException">The run can't go on, or there was not one reply.</exception>
    public static async Task<ChatScores> JudgeAsync(
        IReadOnlyList<CaseAnswer> answers, RequestRunner runner, JudgeOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(answers);
        ArgumentNullException.ThrowIfNull(runner);
        ThrowIfOutOfRange(options);
        IReadOnlyList<CaseScore> scores = await CollectAsync(
            runner.RunAsync(answers, (answer, token) => JudgeOneAsync(answer, runner, options, token), cancellationToken)).ConfigureAwait(false);
        return new ChatScores(scores, options.Min, options.Max);
    }

    internal static async Task<CaseScore> JudgeOneAsync(CaseAnswer answer, RequestRunner runner, JudgeOptions options, CancellationToken token)
    {
        return new CaseScore(answer, answer.WhyNotJudged is not null ? [] : await Task.WhenAll(Enumerable.Range(0, options.Repeats).Select(AskAsync)).ConfigureAwait(false));

        async Task<Verdict> AskAsync(int repeat)
        {
            ModelRequest request = RequestOf(answer, repeat, options);
            Verdict verdict = new("", null, VerdictProblem.NoReply);
            for (int attempt = 0; attempt < options.Attempts && verdict.Problem is not null; attempt++)
            {
                RequestOutcome outcome = await runner.SendAsync(request with { Repetition = repeat + (attempt * AttemptStride) }, token).ConfigureAwait(false);
                if (outcome.Reply is not { } reply)
                {
                    // The runner has tried again where that may help.
                    return new Verdict(outcome.Failure!.Message, null, VerdictProblem.NoReply);
                }

                verdict = Verdict.Parse(reply.Text, options.Min, options.Max, options.Reading, reply.FinishReason) with { Model = reply.Model };
            }

            return verdict;
        }
    }

    internal static void ThrowIfOutOfRange(JudgeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Repeats, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Repeats, AttemptStride, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Attempts, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(options.Max, options.Min, nameof(options));
    }

    internal static ModelRequest RequestOf(CaseAnswer answer, int repeat, JudgeOptions options)
    {
        string text = options.FlattenNewlines ? answer.Said!.Trim().Replace('\n', ' ') : answer.Said!;
        ChatMessage prompt = new(ChatRole.User, options.Prompt.Create(answer.Case, text, ExamplesFor(answer.Case, repeat, options), options.Min, options.Max));
        return new ModelRequest
        {
            ItemId = answer.Case.Id,
            Stage = "judge",
            Messages = options.SystemMessage is { } system ? [new ChatMessage(ChatRole.System, system), prompt] : [prompt],
            Sampling = options.Sampling,
            Repetition = repeat,
        };
    }

    /// <summary>The scored answers in the order in which a repeat shows them.</summary>
    internal static ScoredAnswer[] ExamplesFor(JudgeCase @case, int repeat, JudgeOptions options)
    {
        ScoredAnswer[] examples = [.. @case.Examples];
        if (options.ShuffleExamples)
        {
            new ItemRandom(options.Seed, @case.Id, $"order of examples, repeat {repeat}").Shuffle(examples.AsSpan());
        }

        return examples;
    }

    private static TruncatedText? Cut(JudgeCase @case, SamplingOptions sampling, PromptLimit? limit) => limit is null ? null
        : MiddleTruncation.CutPrompt(@case.Prompt, limit.Tokenizer, limit.Template, limit.MaxTokens, sampling.MaxOutputTokens);

    private static ModelRequest RequestOf(JudgeCase @case, TruncatedText? prompt, SamplingOptions sampling)
        => new() { ItemId = @case.Id, Stage = "answer", Messages = [new ChatMessage(ChatRole.User, prompt?.Text ?? @case.Prompt)], Sampling = sampling };

    private static async Task<IReadOnlyList<T>> CollectAsync<T>(IAsyncEnumerable<T> results)
    {
        List<T> list = [];
        await foreach (T result in results.ConfigureAwait(false))
        {
            list.Add(result);
        }

        return list;
    }
}
