using LongAlign.Cli.Recipes;
using LongAlign.Cli.Sources;
using LongAlign.Cli.Terminal;
using LongAlign.Evaluation.Judging;
using LongAlign.Evaluation.Runs;
using LongAlign.Requests;
using Microsoft.Extensions.AI;

namespace LongAlign.Cli.Evaluations;

/// <summary>Runs LongBench-Chat of a recipe.</summary>
internal static class ChatRun
{
    public static async Task<(ChatScores Scores, EvaluationManifest Manifest)> RunAsync(
        LongBenchChatRecipe recipe, ModelUnderTest model, EvaluateRecipe evaluation, EvaluationManifest manifest, ToolConsole console, CancellationToken cancellationToken)
    {
        IReadOnlyList<JudgeCase> cases = JudgeCases.Load(recipe.Cases, recipe.Examples);
        TemplateCheck template = model.CheckTemplate(cases[0].Query);
        console.Say($"chat template: {template}");
        using IChatClient judge = Endpoints.Connect(recipe.Judge);
        JudgeOptions options = OptionsOf(recipe, evaluation);
        PromptLimit limit = LimitOf(recipe, model);
        using RequestJournal journal = OpenJournal(evaluation);
        IReadOnlyList<CaseAnswer> answers = await AskAsync("answers", model.Client, cases.Count, model.Requests, runner => LongBenchChat.AnswerAsync(cases, runner, model.Sampling, limit, cancellationToken));
        ChatScores scores = await AskAsync("verdicts", judge, cases.Count * recipe.Repeats, Endpoints.Requests(recipe.Judge), runner => LongBenchChat.JudgeAsync(answers, runner, options, cancellationToken));
        return (scores, manifest.WithTemplate(template).WithChat(cases, model.Sampling, limit).WithJudge(options));

        Task<T> AskAsync<T>(string title, IChatClient client, int total, RequestRunnerOptions requests, Func<RequestRunner, Task<T>> ask)
            => console.ShowProgressAsync(title, async progress =>
            {
                CallProgress calls = new(console, progress, total);
                using CountingChatClient counted = new(client, calls.Answered);
                using RequestRunner runner = new(counted, journal, requests with { Retrying = calls.Retrying });
                return await ask(runner);
            });
    }

    /// <summary>Reckons what a run would cost; makes no call. Answers that there are not yet count as long as they may be.</summary>
    public static (CostEstimate Answers, CostEstimate Verdicts) DryRun(LongBenchChatRecipe recipe, ModelUnderTest model, EvaluateRecipe evaluation)
    {
        IReadOnlyList<JudgeCase> cases = JudgeCases.Load(recipe.Cases, recipe.Examples);
        PromptLimit limit = LimitOf(recipe, model);
        using IChatClient judge = Endpoints.Connect(recipe.Judge);
        using RequestJournal journal = OpenJournal(evaluation);
        using RequestRunner answers = new(model.Client, journal, model.Requests);
        using RequestRunner verdicts = new(judge, journal, Endpoints.Requests(recipe.Judge));
        return (
            LongBenchChat.DryRunAnswers(cases, answers, model.Sampling, limit),
            LongBenchChat.DryRunJudging(LongBenchChat.ForeseeAnswers(cases, answers, model.Sampling, limit), verdicts, OptionsOf(recipe, evaluation)));
    }

    private static JudgeOptions OptionsOf(LongBenchChatRecipe recipe, EvaluateRecipe evaluation) => new()
    {
        Sampling = Endpoints.Sampling(recipe.Judge),
        Prompt = recipe.Prompt is { } path ? JudgePrompt.FromFile(path) : JudgePrompt.FewShot,
        Repeats = recipe.Repeats,
        Seed = evaluation.Seed,
    };

    // Without a limit prompts are measured all the same: comparisons group by their tokens.
    private static PromptLimit LimitOf(LongBenchChatRecipe recipe, ModelUnderTest model) => new(model.Tokenizer, model.Template, recipe.MaxPromptTokens ?? int.MaxValue);

    private static RequestJournal OpenJournal(EvaluateRecipe evaluation) => RequestJournal.Open(Path.Combine(evaluation.Out, "long-bench-chat.journal.jsonl"));
}
