using System.Text.Json;

namespace LongAlign.Cli.Tests.Commands;

public sealed class GenerateDataTests
{
    [Fact]
    public async Task Documents_become_rows_and_the_same_command_pays_for_nothing_twice()
    {
        using TemporaryFolder folder = new();
        using ScriptedServer server = new(Reply);
        string recipe = WriteRecipe(folder, server.Url);

        JsonElement estimate = (await ToolRun.OfAsync("generate-data", recipe, "--dry-run", "--json")).Expect(ExitCode.Done).Json;
        int callsOfDryRun = server.Calls;
        ToolRun run = (await ToolRun.OfAsync("generate-data", recipe, "--json")).Expect(ExitCode.Done);
        int calls = server.Calls;
        (await ToolRun.OfAsync("generate-data", recipe)).Expect(ExitCode.Done);

        Assert.Equal(0, callsOfDryRun);
        Assert.Equal(4, estimate.GetProperty("requests").GetInt32());
        Assert.True(estimate.GetProperty("cost").GetDecimal() > 0);
        Assert.Equal(4, calls);
        Assert.Equal(4, server.Calls);
        Assert.Equal(2, run.Json.GetProperty("report").GetProperty("rowsOut").GetInt32());
        Assert.Contains("asking 4/4, 4 calls answered", run.Error, StringComparison.Ordinal);
        Assert.Equal(2, File.ReadLines(folder.File("out/instructions.jsonl")).Count());
        Assert.DoesNotContain("secret-key", string.Concat(Directory.EnumerateFiles(folder.File("out")).Select(File.ReadAllText)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Documents_that_cannot_be_read_are_named_or_left_out_and_counted()
    {
        using TemporaryFolder folder = new();
        using ScriptedServer server = new(Reply);
        string recipe = WriteRecipe(folder, server.Url);
        folder.Write("documents/c.txt", [0xFF, 0xFF]);
        folder.Write("documents/d.pdf", "none");

        Assert.Contains("c.txt: the text is not UTF-8", (await ToolRun.OfAsync("generate-data", recipe)).Expect(ExitCode.Failed).Error, StringComparison.Ordinal);
        ToolRun run = (await ToolRun.OfAsync("generate-data", recipe, "--set", "bad-documents=skip")).Expect(ExitCode.Done);
        Assert.Contains("reading: 2 of 3 rows", run.Output, StringComparison.Ordinal);
        Assert.Contains("d.pdf", run.Output, StringComparison.Ordinal);
        Assert.Contains("Warning: reading left out 1 of 3 rows", run.Error, StringComparison.Ordinal);
        Assert.Contains("damaged document", File.ReadAllText(folder.File("out/report.json")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_budget_stops_the_run_before_it_is_exceeded()
    {
        using TemporaryFolder folder = new();
        using ScriptedServer server = new(Reply);

        ToolRun run = (await ToolRun.OfAsync("generate-data", WriteRecipe(folder, server.Url), "--set", "endpoint.budget=0.0000001")).Expect(ExitCode.Failed);

        Assert.Contains("udget", run.Error, StringComparison.Ordinal);
        Assert.Equal(0, server.Calls);
    }

    [Fact]
    public async Task A_run_without_a_row_has_failed()
    {
        using TemporaryFolder folder = new();
        using ScriptedServer server = new(_ => "nothing of use");

        ToolRun run = (await ToolRun.OfAsync("generate-data", WriteRecipe(folder, server.Url), "--json")).Expect(ExitCode.Failed);

        Assert.Contains("error: No document became a row; report.json", run.Error, StringComparison.Ordinal);
        Assert.Equal(0, run.Json.GetProperty("report").GetProperty("rowsOut").GetInt32());
    }

    [Theory]
    [InlineData(404, """{"detail":"Not Found"}""", "HTTP 404", "most often such an address ends in /v1")]
    [InlineData(401, "{}", "HTTP 401", "the endpoint is http://127.0.0.1:")]
    public async Task An_endpoint_that_refuses_is_named(int status, string body, string what, string hint)
    {
        using TemporaryFolder folder = new();
        using ScriptedServer server = new(_ => "", status, body);

        string error = (await ToolRun.OfAsync("generate-data", WriteRecipe(folder, server.Url))).Expect(ExitCode.Failed).Error;

        Assert.Contains(what, error, StringComparison.Ordinal);
        Assert.Contains(hint, error, StringComparison.Ordinal);
        Assert.Contains(server.Url, error, StringComparison.Ordinal);
        Assert.Equal(status == 404, error.Contains("/v1", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("<html>", "The reply is not a chat completion: '<' is an invalid start of a value")]
    [InlineData("""{"id":"x","object":"chat.completion","created":0,"model":"m","choices":[]}""", "The reply is not a chat completion: it has no choices")]
    public async Task A_reply_that_is_none_is_said_while_it_is_tried_again(string body, string message)
    {
        using TemporaryFolder folder = new();
        using ScriptedServer server = new(_ => "", body: body);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task<ToolRun> run = ToolRun.StoppedAsync(["generate-data", WriteRecipe(folder, server.Url)], stop.Token);
        while (server.Calls < 2)
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        await stop.CancelAsync();

        string error = (await run).Expect(ExitCode.Cancelled).Error;
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Contains($"the endpoint is {server.Url}/", error, StringComparison.Ordinal);
        Assert.Contains("Trying again in ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("endpoint.key-variable=NO_SUCH_VARIABLE", "NO_SUCH_VARIABLE has no API key")]
    [InlineData("endpoint.url=ftp://x", "'ftp://x'; expected an address")]
    [InlineData("endpoint.price-in=", "price-in and price-out")]
    public async Task What_an_endpoint_lacks_is_a_fault_of_the_recipe(string change, string message)
    {
        using TemporaryFolder folder = new();

        Assert.Contains(message, (await ToolRun.OfAsync("generate-data", WriteRecipe(folder, "http://localhost:1"), "--set", change)).Expect(ExitCode.Usage).Error, StringComparison.Ordinal);
    }

    private static string Reply(string text) => text.Contains("1: \n2: ", StringComparison.Ordinal)
        ? string.Join('\n', Enumerable.Range(1, 5).Select(n => $"{n}: What does part {n} of {text.GetHashCode(StringComparison.Ordinal)} say?"))
        : "It says a good deal about the matter.";

    private static string WriteRecipe(TemporaryFolder folder, string url)
    {
        Environment.SetEnvironmentVariable("LONGALIGN_TEST_KEY", "secret-key");
        Directory.CreateDirectory(folder.File("documents"));
        string text = File.ReadAllText(ToolRun.Sample("data", "README.md"));
        folder.Write("documents/a.txt", text);
        folder.Write("documents/b.txt", text[^1500..] + " And this is another one.");
        return folder.Write("generate.yaml", $$"""
            endpoint: { url: {{url}}, model: scripted, key-variable: LONGALIGN_TEST_KEY, price-in: 2, price-out: 8, budget: 5, concurrency: 1, max-output-tokens: 100 }
            documents: documents
            tokenizer: {{ToolRun.Sample("data", "tiny-llama")}}
            min-tokens: 100
            out: out
            """);
    }
}
