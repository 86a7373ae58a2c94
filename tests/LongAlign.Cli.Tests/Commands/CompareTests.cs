using System.Globalization;
using System.Text.Json;
using LongAlign.Evaluation.Judging;
using LongAlign.Evaluation.Needles;
using LongAlign.Evaluation.Runs;
using LongAlign.Requests;

namespace LongAlign.Cli.Tests.Commands;

public sealed class CompareTests
{
    [Fact]
    public async Task A_better_model_is_told_with_its_interval_and_by_length()
    {
        using TemporaryFolder folder = new();
        string a = Write(folder, "a", Chat(40, i => i % 4 == 0 ? 10 : 1));
        string b = Write(folder, "b", Chat(40, i => i % 8 == 1 ? 1 : 10));

        JsonElement result = (await ToolRun.OfAsync("compare", a, b, "--json")).Expect(ExitCode.Done).Json;
        ToolRun worse = await ToolRun.OfAsync("compare", b, a, "--fail-if-worse");

        JsonElement chat = result.GetProperty("longBenchChat");
        Assert.Equal("better", chat.GetProperty("overall").GetProperty("outcome").GetString());
        Assert.Equal(3.25, chat.GetProperty("overall").GetProperty("meanA").GetDouble());
        Assert.Equal(8.875, chat.GetProperty("overall").GetProperty("meanB").GetDouble());
        Assert.True(chat.GetProperty("overall").GetProperty("lower").GetDouble() > 3);
        Assert.Equal(2, chat.GetProperty("byLength").GetArrayLength());
        Assert.Equal(["en", "zh"], chat.GetProperty("byLanguage").EnumerateArray().Select(group => group.GetProperty("name").GetString()));
        Assert.Equal(chat.GetProperty("lowerBound").GetDouble(), chat.GetProperty("upperBound").GetDouble()); // nothing is missing
        Assert.Equal(JsonValueKind.Null, result.GetProperty("needle").ValueKind);
        Assert.Equal(["chat.model"], result.GetProperty("differences").EnumerateArray().Select(name => name.GetString()));
        Assert.StartsWith("LongBench-Chat: a is worse than b: 8.88 to 3.25", worse.Expect(ExitCode.Failed).Output, StringComparison.Ordinal);
        Assert.EndsWith("What differs between the two: chat.model.\n", worse.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_scores_can_not_tell_and_what_is_missing_is_named()
    {
        using TemporaryFolder folder = new();
        string a = Write(folder, "a", Chat(10, i => i == 3 ? null : 1));

        ToolRun run = (await ToolRun.OfAsync("compare", a, a, "--fail-if-worse")).Expect(ExitCode.Done);

        Assert.StartsWith("LongBench-Chat: Cannot tell with n = 9: a (A) and a (B) score alike", run.Output, StringComparison.Ordinal);
        Assert.Contains("missing: q3 (A: no answer: no reply; B: no answer: no reply)", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_has_questions_both_needle_maps_and_their_difference_and_the_manifests()
    {
        using TemporaryFolder folder = new();
        string a = Write(folder, "a", Chat(20, i => i == 3 ? null : 1 + (i % 2)), Needles(found: 1));
        string b = Write(folder, "b", Chat(20, _ => 9), Needles(found: 12));

        ToolRun run = (await ToolRun.OfAsync("compare", a, b, "--fail-if-worse", "--report", folder.File("report"))).Expect(ExitCode.Done);

        string page = File.ReadAllText(folder.File("report/report.html"));
        Assert.Contains("LongBench-Chat: b is better than a", run.Output, StringComparison.Ordinal);
        Assert.Contains("Needles: b is better than a", run.Output, StringComparison.Ordinal);
        Assert.Contains("Questions. b is better than a", page, StringComparison.Ordinal);
        Assert.Contains("LongBench-Chat, scored by judge-1 from 1 to 10.", page, StringComparison.Ordinal);
        Assert.Contains("<caption>B - A</caption>", page, StringComparison.Ordinal);
        Assert.Contains("A a, B b", page, StringComparison.Ordinal);
        Assert.Contains("q3", File.ReadAllText(folder.File("report/report.md")), StringComparison.Ordinal);
        Assert.Equal(1, JsonDocument.Parse(File.ReadAllText(folder.File("report/report.json"))).RootElement.GetProperty("questions").GetProperty("missing").GetArrayLength());
    }

    [Fact]
    public async Task A_model_that_loses_needles_alone_is_worse()
    {
        using TemporaryFolder folder = new();
        ToolRun run = await ToolRun.OfAsync("compare", Write(folder, "a", Chat(5, _ => 1), Needles(12)), Write(folder, "b", Chat(5, _ => 1), Needles(1)), "--fail-if-worse");

        Assert.Contains("Needles: b is worse than a", run.Expect(ExitCode.Failed).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Results_that_do_not_belong_together_are_refused()
    {
        using TemporaryFolder folder = new();
        string a = Write(folder, "a", Chat(2, _ => 1));

        await RefusedAsync(Write(folder, "other-judge", Chat(2, _ => 1), judge: "judge-2"), "judge.model: A judge-1, B judge-2); expected the same judge");
        await RefusedAsync(Write(folder, "other-scale", Chat(2, _ => 1) with { Max = 5 }), "expected the same scale");
        await RefusedAsync(Write(folder, "other-questions", Chat(3, _ => 1)), "Cases of one model alone: q2");
        await RefusedAsync(Write(folder, "needles", null, Needles(3)), "no evaluation in common");
        await RefusedAsync(folder.Write("nonsense.json", "nonsense"), "is not a file of results");

        async Task RefusedAsync(string b, string message)
            => Assert.Contains(message, (await ToolRun.OfAsync("compare", a, b)).Expect(ExitCode.Failed).Error, StringComparison.Ordinal);
    }

    private static string Write(TemporaryFolder folder, string model, ChatScores? chat, NeedleMap? needles = null, string judge = "judge-1")
    {
        string path = folder.File($"{model}.json");
        EvaluationManifest manifest = EvaluationManifest.Create().With("chat.model", model).WithJudge(new JudgeOptions { Sampling = new SamplingOptions { Model = judge } });
        new EvaluationResults(manifest, chat, needles).Save(path);
        return path;
    }

    private static ChatScores Chat(int count, Func<int, int?> score) => new(
        [.. Enumerable.Range(0, count).Select(i =>
        {
            JudgeCase @case = new() { Id = $"q{i}", Prompt = "A document and a question.", Query = "Which?", Answer = "That.", Language = i % 3 == 0 ? "zh" : "en", Examples = [] };
            TruncatedText prompt = new() { Text = "", OriginalTokenCount = i < count / 2 ? 1_000 : 10_000, CutStart = 0, CutLength = 0 };
            return score(i) is { } number
                ? new CaseScore(new CaseAnswer { Case = @case, Text = "That.", FinishReason = "stop", Prompt = prompt }, [Verdict.Parse(string.Create(CultureInfo.InvariantCulture, $"[[{number}]]"))])
                : new CaseScore(new CaseAnswer { Case = @case, MissingReason = "no reply", Prompt = prompt }, []);
        })],
        Min: 1,
        Max: 10);

    private static NeedleMap Needles(int found) => new(Enumerable.Range(0, 12).Select(trial => new NeedleResult { Prompt = new NeedlePrompt { Length = 1_000, Depth = 50, Trial = trial, Needle = Needle.Draw(0, $"{trial}"), Text = "", TokenCount = 990, ActualDepth = 50 }, Reply = "A reply.", Score = trial < found ? 1 : 0 }));
}
