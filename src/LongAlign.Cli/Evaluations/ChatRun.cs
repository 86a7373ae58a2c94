using LongAlign.Cli.Recipes;
using LongAlign.Cli.Sources;
using LongAlign.Cli.Terminal;
using LongAlign.Data.Requests;
using LongAlign.Evaluation.Judging;
using Microsoft.Extensions.AI;

namespace LongAlign.Cli.Evaluations;

/// <summary>Runs LongBench-Chat of a recipe.</summary>
internal static class ChatRun
{
    public static async Task<ChatOutcome> RunAsync(LongBenchChatRecipe recipe, ModelUnderTest model, EvaluateRecipe evaluation, ToolConsole console, CancellationToken cancellation)
    {
        IReadOnlyList<JudgeCase> cases = JudgeCases.Load(recipe.Cases, recipe.Examples);
        using IChatClient judge = Endpoints.Connect(recipe.Judge);
        JudgeOptions options = new()
        {
            Sampling = Endpoints.Sampling(recipe.Judge),
            Prompt = recipe.Prompt is { } path ? JudgePrompt.FromFile(path) : JudgePrompt.FewShot,
            Repeats = recipe.Repeats,
            Seed = evaluation.Seed,
        };
        PromptLimit? limit = recipe.MaxPromptTokens is { } most ? new PromptLimit(model.Tokenizer, model.Template, most) : null;
        using RequestJournal journal = RequestJournal.Open(Path.Combine(evaluation.Out, "long-bench-chat.journal.jsonl"));
        IReadOnlyList<CaseAnswer> answers = await AskAsync("answers", model.Client, cases.Count, model.Requests, runner => LongBenchChat.AnswerAsync(cases, runner, model.Sampling, limit, cancellation));
        ChatScores scores = await AskAsync("verdicts", judge, cases.Count * recipe.Repeats, Endpoints.Requests(recipe.Judge), runner => LongBenchChat.JudgeAsync(answers, runner, options, cancellation));
        new ScoreFile("long-bench-chat", model.Name, recipe.Judge.Model, scores.Min, scores.Max, scores.Mean, [.. scores.Cases.Select(score => new QuestionScore(
            score.Answer.Case.Id, score.Score, score.MissingReason, model.Tokenizer.Tokenizer.CountTokens(score.Answer.Case.Prompt), score.Answer.Case.Language, score.Answer.Text))])
            .Write(Path.Combine(evaluation.Out, "long-bench-chat.json"));
        return new ChatOutcome(scores.Mean, scores.LowerBound, scores.UpperBound, scores.Cases.Count, scores.Missing.Count, $"LongBench-Chat: {scores}\n");

        Task<T> AskAsync<T>(string title, IChatClient client, int total, RequestRunnerOptions requests, Func<RequestRunner, Task<T>> ask)
            => console.ShowProgressAsync(title, async progress =>
            {
                using CountingChatClient counted = new(client, calls => progress(new ProgressState(Math.Min(calls, total), total, "asked")));
                using RequestRunner runner = new(counted, journal, requests);
                return await ask(runner);
            });
    }
}
