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
        ResultJson.Write(Path.Combine(evaluation.Out, "long-bench-chat.json"), new
        {
            Model = model.Name, Judge = recipe.Judge.Model, scores.Mean, scores.Min, scores.Max,
            Cases = scores.Cases.Select(score => new { score.Answer.Case.Id, score.Answer.Case.Language, score.Score, score.Spread, score.MissingReason, Answer = score.Answer.Text, Verdicts = score.Verdicts.Select(verdict => verdict.Reply) }),
        });
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
