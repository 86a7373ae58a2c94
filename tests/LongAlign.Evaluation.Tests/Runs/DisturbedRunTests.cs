using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using LongAlign.Evaluation.Judging;
using LongAlign.Evaluation.Needles;
using LongAlign.Evaluation.Runs;
using LongAlign.EvaluationHost;
using LongAlign.Requests;
using LongAlign.Testing.Http;
using Microsoft.AspNetCore.Http;

namespace LongAlign.Evaluation.Tests.Runs;

/// <summary>An evaluation over HTTP with all that may go wrong, in a process of its own that is killed at random requests.</summary>
[Trait("Speed", "Slow")]
public sealed class DisturbedRunTests
{
    /// <summary>What befalls the first request for some cases.</summary>
    private static readonly Dictionary<string, string> Faults = new()
    {
        ["The log of ship 3"] = "429",
        ["The log of ship 9"] = "429",
        ["The log of ship 21"] = "429",
        ["The log of ship 22"] = "429",
        ["The log of ship 33"] = "time-out",
    };

    /// <summary>
    /// With one call at once a kill meets no reply on its way, and every reply is paid for once. With several, those on their way are in doubt,
    /// and the journal says how many.
    /// </summary>
    [Theory]
    [InlineData(1, 10)]
    [InlineData(8, 3)]
    public async Task Killed_at_random_requests_with_refusals_a_time_out_and_a_torn_line_it_ends_equal_to_the_byte_and_pays_for_nothing_twice(int concurrency, int kills)
    {
        using TemporaryFolder folder = new();
        await using FaultyEndpoint quiet = await FaultyEndpoint.StartAsync(EvaluationRun.Answer, (_, text, context) => RefuseAsync(text, context));
        EvaluationResults expected = await EvaluationRun.RunAsync(quiet.Address, folder.File("undisturbed"), concurrency);

        Process? child = null;
        int killAt = int.MaxValue;
        ConcurrentQueue<string> unanswered = [];
        ConcurrentDictionary<string, string> disturbed = [];
        await using FaultyEndpoint endpoint = await FaultyEndpoint.StartAsync(EvaluationRun.Answer, async (number, text, context) =>
        {
            if (number == killAt)
            {
                unanswered.Enqueue(text);
                child!.Kill();
                return true;
            }

            if (Faults.TryGetValue(text.Split('.', '\n')[0], out string? fault) && disturbed.TryAdd(text, fault))
            {
                unanswered.Enqueue(text);
                return await HttpFault.MakeAsync(fault, context);
            }

            return await RefuseAsync(text, context);
        });

        Random random = new(20261124);
        string journalPath = Path.Combine(folder.File("killed"), "journal.jsonl");
        for (int kill = 0; kill < kills; kill++)
        {
            HashSet<string> paid = Paid(journalPath);
            killAt = endpoint.Texts.Count + random.Next(1, 25);
            Assert.NotEqual("", await RunAsync(endpoint, folder.File("killed"), concurrency, started => child = started));
            Assert.True(Paid(journalPath).IsSupersetOf(paid));
            if (kill == 2)
            {
                File.AppendAllText(journalPath, "{\"event\":\"Reply\",\"key\":\"0123");
                using RequestJournal torn = RequestJournal.Open(journalPath);
                Assert.Equal(1, torn.TornLines);
            }
        }

        killAt = int.MaxValue;
        Assert.Equal("", await RunAsync(endpoint, folder.File("killed"), concurrency, _ => { }));
        Assert.Equal(
            Encoding.UTF8.GetString(File.ReadAllBytes(Path.Combine(folder.File("undisturbed"), "results.json"))),
            Encoding.UTF8.GetString(File.ReadAllBytes(Path.Combine(folder.File("killed"), "results.json"))));
        AssertComplete(expected);

        using RequestJournal journal = RequestJournal.Open(journalPath);
        Dictionary<string, int> served = Counts(endpoint.Texts);
        foreach (string text in unanswered)
        {
            served[text]--;
        }

        Dictionary<string, int> needed = Counts(quiet.Texts);
        Assert.All(needed, text => Assert.True(served[text.Key] >= text.Value));
        int twice = served.Sum(text => text.Value - needed[text.Key]);
        Assert.InRange(twice, 0, concurrency == 1 ? 0 : journal.CallsInDoubt);
        Assert.Equal(Faults.Values.Order(), disturbed.Values.Order());
        Assert.DoesNotContain(FaultyEndpoint.Key, File.ReadAllText(Path.Combine(folder.File("killed"), "results.json")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_finished_run_is_told_and_judged_again_from_its_file_without_a_call_to_the_model()
    {
        using TemporaryFolder folder = new();
        await using FaultyEndpoint endpoint = await FaultyEndpoint.StartAsync(EvaluationRun.Answer, (_, text, context) => RefuseAsync(text, context));
        EvaluationResults made = await EvaluationRun.RunAsync(endpoint.Address, folder, 8);
        int calls = endpoint.Texts.Count;
        EvaluationResults loaded = EvaluationResults.Load(folder.File("results.json"));
        loaded.Save(folder.File("again.json"));
        Assert.Equal(File.ReadAllText(folder.File("results.json")), File.ReadAllText(folder.File("again.json")));
        Assert.Equal(made.Chat!.ToString(), loaded.Chat!.ToString());
        Assert.Equal(made.Needles!.ToString(), loaded.Needles!.ToString());
        Assert.Empty(made.Manifest.DifferencesTo(loaded.Manifest));
        AssertComplete(loaded);
        Assert.Equal(calls, endpoint.Texts.Count);
        Assert.DoesNotContain("It was a long voyage", File.ReadAllText(folder.File("results.json")), StringComparison.Ordinal);

        using RequestJournal journal = RequestJournal.Open(folder.File("other judge.jsonl"));
        using RequestRunner judge = new(endpoint.CreateClient(), journal);
        ChatScores again = await LongBenchChat.JudgeAsync([.. loaded.Chat.Cases.Select(score => score.Answer)], judge, EvaluationRun.Judge with { Repeats = 1 });
        Assert.Equal(made.Chat.Mean, again.Mean);
        Assert.All(endpoint.Texts.Skip(calls), text => Assert.EndsWith("Rating: ", text, StringComparison.Ordinal));
        Assert.Equal(calls + 48 + 3, endpoint.Texts.Count);

        // Their prompts are not in the file.
        ArgumentException e = await Assert.ThrowsAsync<ArgumentException>(() => LongBenchChat.AnswerAsync([loaded.Chat.Cases[0].Answer.Case], judge, new SamplingOptions { Model = "m" }));
        Assert.Contains("case 1 is left out", e.Message, StringComparison.Ordinal);
        e = await Assert.ThrowsAsync<ArgumentException>(() => NeedleTest.RunAsync([loaded.Needles.Results[0].Prompt], judge, new SamplingOptions { Model = "m" }));
        Assert.Contains("prompt 300/0/0 is left out", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_it_would_cost_is_reckoned_before_a_call_and_a_budget_that_ends_is_gone_on_from()
    {
        using TemporaryFolder folder = new();
        await using FaultyEndpoint endpoint = await FaultyEndpoint.StartAsync(EvaluationRun.Answer);
        SamplingOptions sampling = new() { Model = "m", MaxOutputTokens = 50 };
        RequestRunnerOptions priced = new() { CountTokens = text => text.Length, Prices = new Dictionary<string, TokenPrice> { ["m"] = new(1_000_000, 2_000_000) }, MaxConcurrency = 1 };
        JudgeCase[] cases = [.. EvaluationRun.Cases.Take(4)];
        JudgeOptions options = new() { Sampling = sampling, Prompt = JudgePrompt.ZeroShot };
        using (RequestJournal journal = RequestJournal.Open(folder.File("j")))
        using (RequestRunner runner = new(endpoint.CreateClient(), journal, priced))
        {
            CostEstimate answering = LongBenchChat.DryRunAnswers(cases, runner, sampling);
            Assert.Equal((4, 0), (answering.Requests, answering.FromJournal));
            Assert.Equal(cases.Sum(@case => 16 + 8 + @case.Prompt.Length + (2 * 50)), answering.Cost);
            IReadOnlyList<CaseAnswer> foreseen = LongBenchChat.ForeseeAnswers(cases, runner, sampling);
            Assert.All(foreseen, answer => Assert.Equal(4 * 50, answer.Text!.Length));
            CostEstimate judging = LongBenchChat.DryRunJudging(foreseen, runner, options);
            Assert.Equal(8, judging.Requests);
            Assert.Equal(2 * foreseen.Sum(answer => 16 + 8 + JudgePrompt.ZeroShot.Create(answer.Case, answer.Text!, []).Length + (2 * 50)), judging.Cost);
            Assert.Empty(endpoint.Texts);
        }

        decimal all;
        using (RequestJournal journal = RequestJournal.Open(folder.File("j")))
        using (RequestRunner runner = new(endpoint.CreateClient(), journal, priced with { Budget = 400 }))
        {
            RequestRunException e = await Assert.ThrowsAsync<RequestRunException>(() => LongBenchChat.AnswerAsync(cases, runner, sampling));
            Assert.Contains("budget of 400", e.Message, StringComparison.Ordinal);
            Assert.InRange(runner.Report.Cost, 1, 400);
            Assert.InRange(endpoint.Texts.Count, 1, 3);
        }

        using (RequestJournal journal = RequestJournal.Open(folder.File("j")))
        using (RequestRunner runner = new(endpoint.CreateClient(), journal, priced with { Budget = 1_000_000 }))
        {
            int paid = endpoint.Texts.Count;
            Assert.Equal(paid, LongBenchChat.DryRunAnswers(cases, runner, sampling).FromJournal);
            Assert.Equal(paid, LongBenchChat.ForeseeAnswers(cases, runner, sampling).Count(answer => answer.Text!.StartsWith("To port", StringComparison.Ordinal)));
            IReadOnlyList<CaseAnswer> answers = await LongBenchChat.AnswerAsync(cases, runner, sampling);
            Assert.Equal(4, endpoint.Texts.Count);
            Assert.Equal(0, LongBenchChat.DryRunAnswers(cases, runner, sampling).Cost);
            await LongBenchChat.JudgeAsync(answers, runner, options);
            all = runner.Report.Cost;
            Assert.Equal(["answer", "judge"], runner.Report.Stages.Select(stage => stage.Stage));
        }

        using (RequestJournal journal = RequestJournal.Open(folder.File("j")))
        using (RequestRunner runner = new(endpoint.CreateClient(), journal, priced))
        {
            Assert.Equal(all, runner.Report.Cost);
            Assert.Equal(0, runner.Report.CostOfThisRun);
        }
    }

    private static void AssertComplete(EvaluationResults results)
    {
        ChatScores scores = results.Chat!;
        Assert.Equal(EvaluationRun.CaseCount, scores.Cases.Count);
        Assert.Equal(["17", "30"], scores.Missing.Select(score => score.Answer.Case.Id));
        Assert.Contains("maximum context length is 8192", scores.Missing[0].MissingReason, StringComparison.Ordinal);
        Assert.Contains("NoBrackets: 'A fine answer.'", scores.Missing[1].MissingReason, StringComparison.Ordinal);
        Assert.All(scores.Cases.Except(scores.Missing), score => Assert.Equal(1 + ((score.Answer.Text![^2] - '0') % 10), score.Score));
        Assert.All(scores.Cases.Except(scores.Missing), score => Assert.Equal("m-2026", score.Verdicts[0].Model));
        Assert.StartsWith(string.Create(CultureInfo.InvariantCulture, $"{scores.Mean:0.00} over 48 of 50 cases"), scores.ToString(), StringComparison.Ordinal);
        NeedleMap map = results.Needles!;
        Assert.Equal(12, map.Results.Count);
        Assert.Empty(map.Missing);
        Assert.Equal(0.5, map.Mean); // the second needle of two
        Assert.All(map.Results, result => Assert.NotNull(result.JudgeScore));
    }

    /// <summary>Case 17 is too long for this model, for good.</summary>
    private static async Task<bool> RefuseAsync(string text, HttpContext context)
    {
        if (!text.StartsWith("The log of ship 17.", StringComparison.Ordinal))
        {
            return false;
        }

        context.Response.StatusCode = 400;
        return await HttpFault.WriteAsync(
            context, """{"error":{"message":"This model's maximum context length is 8192 tokens.","type":"invalid_request_error","code":"context_length_exceeded"}}""");
    }

    private static Dictionary<string, int> Counts(IEnumerable<string> texts) => texts.CountBy(text => text).ToDictionary();

    /// <summary>The keys that the journal has replies to, read as text so that the file stays as the kill left it.</summary>
    private static HashSet<string> Paid(string path)
        => !File.Exists(path) ? [] : [.. File.ReadLines(path).Where(line => line.EndsWith('}') && line.Contains("\"event\":\"Reply\"", StringComparison.Ordinal))
            .Select(line => line.Split("\"key\":\"")[1].Split('"')[0])];

    /// <summary>Runs the host to its end; returns what is wrong, or nothing.</summary>
    private static async Task<string> RunAsync(FaultyEndpoint endpoint, string output, int concurrency, Action<Process> started)
    {
        ProcessStartInfo start = new(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            RedirectStandardError = true,
            ArgumentList =
            {
                Path.Combine(AppContext.BaseDirectory, "LongAlign.EvaluationHost.dll"), endpoint.Address.ToString(), output, concurrency.ToString(CultureInfo.InvariantCulture),
            },
        };
        using Process child = Process.Start(start)!;
        started(child);
        string errors = await child.StandardError.ReadToEndAsync();
        await child.WaitForExitAsync();
        return child.ExitCode == 0 ? "" : $"exit code {child.ExitCode}: {errors}";
    }
}
