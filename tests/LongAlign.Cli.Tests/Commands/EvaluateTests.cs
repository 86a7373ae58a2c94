using System.Text.Json;
using LongAlign.Data;
using LongAlign.Evaluation.Judging;
using LongAlign.Evaluation.Runs;
using LongAlign.Models;

namespace LongAlign.Cli.Tests.Commands;

public sealed class EvaluateTests
{
    [Fact]
    public async Task Answers_of_an_endpoint_are_judged()
    {
        using TemporaryFolder folder = new();
        using ScriptedServer server = new(text => text.Contains("blue", StringComparison.Ordinal) && text.Length > 200 ? "Rating: [[8]]" : "The sky is blue.");

        ToolRun run = (await ToolRun.OfAsync("evaluate", WriteRecipe(folder, server.Url), "--json")).Expect(ExitCode.Done);

        JsonElement chat = run.Json.GetProperty("longBenchChat");
        Assert.Equal(8.0, chat.GetProperty("mean").GetDouble());
        Assert.Equal(1, chat.GetProperty("cases").GetInt32());
        Assert.Equal(JsonValueKind.Null, run.Json.GetProperty("needle").ValueKind);
        Assert.Equal(3, server.Calls); // an answer and two verdicts
        EvaluationResults stored = EvaluationResults.Load(folder.File("out/results.json"));
        CaseScore score = Assert.Single(stored.Chat!.Cases);
        Assert.Equal("The sky is blue.", score.Answer.Text);
        Assert.Equal(8.0, score.Score);
        Assert.True(score.Answer.Prompt!.OriginalTokenCount > 5);
        Assert.Equal("scripted", stored.Manifest.Entries["judge.model"]);
        Assert.StartsWith("sha256:", stored.Manifest.Entries["tokenizer/tokenizer.model"], StringComparison.Ordinal);
        Assert.Equal("the server's, which is not known", stored.Manifest.Entries["template"]);
    }

    [Fact]
    public async Task A_run_says_whether_the_model_is_asked_as_it_was_trained()
    {
        using TemporaryFolder folder = new();
        string model = Path.Combine(folder, "model");
        string tiny = ToolRun.Sample("data", "tiny-llama");
        using (CausalLanguageModel random = CausalLanguageModel.Create(ModelConfig.Load(tiny), seed: 1))
        {
            random.SavePretrained(model);
        }

        ModelTokenizer.CopyFiles(tiny, model);
        ChatTemplate.LongAlignLlama.Save(model, ModelTokenizer.Load(tiny));
        File.WriteAllText(folder.File("haystack.txt"), File.ReadAllText(ToolRun.Sample("data", "README.md")));
        string recipe = folder.Write("evaluate.yaml", $$"""
            model: { folder: {{model}}, max-output-tokens: 4 }
            needle: { haystack: {{folder.FullName}}, pattern: haystack.txt, lengths: [200], depths: [50], trials: 1 }
            out: out
            """);

        ToolRun own = (await ToolRun.OfAsync("evaluate", recipe)).Expect(ExitCode.Done);
        Assert.Contains("Chat template: chat_template.jinja, with the prompts of the model's own template", own.Output, StringComparison.Ordinal);
        Assert.Contains("with the prompts of the model's own template", File.ReadAllText(folder.File("out/needle.md")), StringComparison.Ordinal);
        JsonElement other = (await ToolRun.OfAsync("evaluate", recipe, "--set", "model.template=Llama2", "--set", $"out={folder.File("other")}", "--json")).Expect(ExitCode.Done).Json;
        Assert.Contains("Llama2, which is NOT the model's own template", other.GetProperty("template").GetString(), StringComparison.Ordinal);
        Assert.Contains("NOT the model's own", EvaluationResults.Load(folder.File("other/results.json")).Manifest.Entries["template"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dry_run_reckons_needles_answers_and_verdicts_and_sends_nothing()
    {
        using TemporaryFolder folder = new();
        using ScriptedServer server = new(text => text.Contains("blue", StringComparison.Ordinal) && text.Length > 200 ? "Rating: [[8]]" : "The sky is blue.");
        File.WriteAllText(folder.File("haystack.txt"), File.ReadAllText(ToolRun.Sample("data", "README.md")));
        string recipe = WriteRecipe(folder, server.Url);
        string[] prices =
        [
            "--set", "endpoint.price-in=2", "--set", "endpoint.price-out=8", "--set", "endpoint.max-output-tokens=50", "--set", "long-bench-chat.judge.price-in=10", "--set", "long-bench-chat.judge.price-out=10",
            "--set", $"needle={{ haystack: {folder.FullName}, pattern: haystack.txt, lengths: [200, 300], depths: [0, 100], trials: 1 }}",
        ];

        JsonElement before = (await ToolRun.OfAsync(["evaluate", recipe, "--dry-run", "--json", .. prices])).Expect(ExitCode.Done).Json;
        int calls = server.Calls;
        (await ToolRun.OfAsync(["evaluate", recipe, .. prices])).Expect(ExitCode.Done);
        ToolRun after = (await ToolRun.OfAsync(["evaluate", recipe, "--dry-run", .. prices])).Expect(ExitCode.Done);
        JsonElement[] reports = [.. JsonDocument.Parse(File.ReadAllText(folder.File("out/report.json"))).RootElement.EnumerateArray()];

        Assert.Equal([("needles", 4), ("LongBench-Chat", 1)], reports.Select(report => (report.GetProperty("stage").GetString()!, report.GetProperty("rowsIn").GetInt32())));
        Assert.Equal(0, calls);
        Assert.Equal([4, 1, 2], new[] { "needle", "answers", "verdicts" }.Select(part => before.GetProperty(part).GetProperty("requests").GetInt32()));
        Assert.Equal(4 * 50, before.GetProperty("needle").GetProperty("usage").GetProperty("outputTokens").GetInt64());
        Assert.Equal(new[] { "needle", "answers", "verdicts" }.Sum(part => before.GetProperty(part).GetProperty("cost").GetDecimal()), before.GetProperty("cost").GetDecimal());
        Assert.True(before.GetProperty("verdicts").GetProperty("cost").GetDecimal() > 0);
        Assert.Contains("needles: 4 requests, 4 in the journal; at most 0 tokens in, 0 out", after.Output, StringComparison.Ordinal);
        Assert.Contains("verdicts: 2 requests, 2 in the journal", after.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tokenizer=", "needs a 'tokenizer'")]
    [InlineData("endpoint=", "neither a model nor an endpoint")]
    [InlineData("model.folder=x", "a model and an endpoint")]
    [InlineData("long-bench-chat=", "neither needle nor long-bench-chat")]
    public async Task What_an_evaluation_lacks_is_a_fault_of_the_recipe(string change, string message)
    {
        using TemporaryFolder folder = new();

        Assert.Contains(message, (await ToolRun.OfAsync("evaluate", WriteRecipe(folder, "http://localhost:1"), "--set", change)).Expect(ExitCode.Usage).Error, StringComparison.Ordinal);
    }

    private static string WriteRecipe(TemporaryFolder folder, string url)
    {
        Environment.SetEnvironmentVariable("LONGALIGN_TEST_KEY", "secret-key");
        folder.Write("cases.json", """[{"idx": 1, "prompt": "A long text. What colour has the sky?", "query": "What colour has the sky?", "answer": "Blue.", "language": "en"}]""");
        string endpoint = $"{{ url: {url}, model: scripted, key-variable: LONGALIGN_TEST_KEY }}";
        return folder.Write("evaluate.yaml", $$"""
            endpoint: {{endpoint}}
            tokenizer: {{ToolRun.Sample("data", "tiny-llama")}}
            long-bench-chat:
              cases: cases.json
              judge: {{endpoint}}
            out: out
            """);
    }
}
