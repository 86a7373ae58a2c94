using System.Text.Json;

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
        JsonElement stored = JsonDocument.Parse(File.ReadAllText(folder.File("out/long-bench-chat.json"))).RootElement.GetProperty("scores")[0];
        Assert.Equal("The sky is blue.", stored.GetProperty("answer").GetString());
        Assert.Equal(8.0, stored.GetProperty("score").GetDouble());
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
