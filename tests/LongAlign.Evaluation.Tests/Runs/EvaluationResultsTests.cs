using LongAlign.Evaluation.Judging;
using LongAlign.Evaluation.Needles;
using LongAlign.Evaluation.Runs;
using LongAlign.Requests;

namespace LongAlign.Evaluation.Tests.Runs;

public sealed class EvaluationResultsTests
{
    private static readonly SamplingOptions Sampling = new() { Model = "m", Temperature = 0.5f, Seed = 7 };
    private static readonly JudgeCase Case = new() { Id = "1", Prompt = "prompt", Query = "query", Answer = "answer", Language = "en", Examples = [new ScoredAnswer("x", 3)] };
    private static readonly NeedlePrompt Prompt = new() { Length = 300, Depth = 0, Trial = 0, Needle = new Needle { Text = "t", Question = "q", Answer = "a" }, Text = "text", TokenCount = 290, ActualDepth = 1.5, Others = [new PlacedNeedle(new Needle { Text = "u", Question = "r", Answer = "b", Language = NeedleLanguage.Chinese }, 50, 51.25)] };

    private static EvaluationManifest Manifest(Func<JudgeOptions, JudgeOptions>? judge = null, JudgeCase? @case = null, SamplingOptions? sampling = null, long seed = 0)
    {
        JudgeOptions options = new() { Sampling = Sampling };
        return EvaluationManifest.Create().WithChat([@case ?? Case], sampling ?? Sampling).WithJudge(judge?.Invoke(options) ?? options).WithNeedles([Prompt], seed, Sampling);
    }

    [Fact]
    public void A_manifest_tells_what_differs_and_no_more()
    {
        EvaluationManifest same = Manifest();
        Assert.Empty(Manifest().DifferencesTo(same));
        Differs(Manifest(judge => judge with { Prompt = JudgePrompt.ZeroShot }), "judge.prompt");
        Differs(Manifest(judge => judge with { Seed = 1 }), "judge.seed");
        Differs(Manifest(judge => judge with { Max = 5 }), "judge.scale");
        Differs(Manifest(judge => judge with { SystemMessage = "Judge." }), "judge.system_message");
        Differs(Manifest(judge => judge with { FlattenNewlines = true }), "judge.flatten_newlines");
        Differs(Manifest(@case: Case with { Prompt = "another" }), "chat.cases");
        Differs(Manifest(@case: Case with { Examples = [] }), "chat.cases");
        Differs(Manifest(sampling: Sampling with { Temperature = 1 }), "chat.model.temperature");
        Differs(Manifest(seed: 2), "needles.seed");
        Differs(same.With("chat.run", "2"), "chat.run");
        Assert.Equal("0.5", same.Entries["chat.model.temperature"]);
        Assert.Contains("version.LongAlign.Evaluation", same.Entries.Keys);
        using TemporaryFolder folder = new();
        folder.Write("b.safetensors", "weights");
        folder.Write("a.json", "abc");
        Assert.Equal("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", same.WithFolder("model", folder).Entries["model/a.json"]);
        Differs(same.WithFolder("model", folder), "model/a.json", "model/b.safetensors");
        JudgePrompt before = JudgePrompt.FromFile(folder.Write("p.txt", "Q {} R {} A {}"));
        JudgePrompt after = JudgePrompt.FromFile(folder.Write("p.txt", "Q {} R {} B {}"));
        Assert.Equal(["judge.prompt"], Manifest(judge => judge with { Prompt = after }).DifferencesTo(Manifest(judge => judge with { Prompt = before })));

        void Differs(EvaluationManifest other, params string[] names) => Assert.Equal(names, other.DifferencesTo(same));
    }

    [Fact]
    public void Results_come_back_as_they_were_but_for_prompts()
    {
        using TemporaryFolder folder = new();
        CaseAnswer answer = new() { Case = Case, Text = "text", FinishReason = "length", Prompt = new TruncatedText { Text = "prompt", OriginalTokenCount = 100, CutStart = 3, CutLength = 4 }, Model = "m-1" };
        ChatScores chat = new(
            [
                new CaseScore(answer, [new Verdict("[[7.5]] 好", 7.5, null) { Model = "j-1" }, new Verdict("[[85]]", 85, VerdictProblem.OutOfRange)]),
                new CaseScore(new CaseAnswer { Case = Case with { Id = "2" }, MissingReason = "HTTP 400" }, []),
            ], 1, 10);
        NeedleMap map = new([new NeedleResult { Prompt = Prompt, Reply = "b", Score = 0.5, Verdicts = [new Verdict("[[3]]", 3, null)] }, new NeedleResult { Prompt = Prompt with { Trial = 1 }, MissingReason = "time-out" }]);
        string path = folder.File("results.json");
        new EvaluationResults(Manifest(), chat, map).Save(path);
        EvaluationResults read = EvaluationResults.Load(path);
        CaseAnswer back = read.Chat!.Cases[0].Answer;
        Assert.Equal((answer.Text, answer.FinishReason, answer.Model, answer.MissingReason), (back.Text, back.FinishReason, back.Model, back.MissingReason));
        Assert.Equal((100, 3, 4), (back.Prompt!.OriginalTokenCount, back.Prompt.CutStart, back.Prompt.CutLength));
        Assert.Equal(Case.Examples, back.Case.Examples);
        Assert.StartsWith("(left out: 6 characters, sha256:", back.Case.Prompt, StringComparison.Ordinal);
        Assert.Equal(chat.Cases[0].Verdicts, read.Chat.Cases[0].Verdicts);
        Assert.Equal(chat.Missing.Select(score => score.MissingReason), read.Chat.Missing.Select(score => score.MissingReason));
        Assert.Equal((chat.Mean, chat.LowerBound, chat.Min, chat.Max), (read.Chat.Mean, read.Chat.LowerBound, read.Chat.Min, read.Chat.Max));
        Assert.Equal(map.ToString(), read.Needles!.ToString());
        Assert.Equal(Prompt.Others, read.Needles.Results[0].Prompt.Others);
        Assert.Equal((290, 1.5), (read.Needles.Results[0].Prompt.TokenCount, read.Needles.Results[0].Prompt.ActualDepth));
        Assert.Equal(3, read.Needles.Results[0].JudgeScore);
        Assert.Equal("time-out", read.Needles.Results[1].MissingReason);
        new EvaluationResults(Manifest(), null, null).Save(path);
        Assert.Equal((null, null), (EvaluationResults.Load(path).Chat, EvaluationResults.Load(path).Needles));
    }

    [Theory]
    [InlineData("[", "is not a file of results")]
    [InlineData("{}", "is not a file of results")]
    [InlineData("null", "has the format ''")]
    [InlineData("""{"manifest": {}, "chat": null, "needles": null, "format": "LongAlign evaluation 9"}""", "has the format 'LongAlign evaluation 9'")]
    [InlineData("""{"manifest": {}, "chat": {"cases": [{"answer": null, "verdicts": []}], "min": 1, "max": 10}, "needles": null}""", "$.chat.cases[0].answer")]
    [InlineData("""{"manifest": {}, "chat": null, "needles": [{"prompt": {"length": "x"}}]}""", "$.needles[0].prompt.length")]
    public void A_file_that_holds_no_results_is_named_with_the_place(string json, string expected)
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("results.json", json);
        InvalidDataException e = Assert.Throws<InvalidDataException>(() => EvaluationResults.Load(path));
        Assert.Contains(path, e.Message, StringComparison.Ordinal);
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }
}
