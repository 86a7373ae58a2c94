using System.Text.Json;

namespace LongAlign.Cli.Tests.Commands;

public sealed class TokenizeTests
{
    [Fact]
    public async Task Chats_become_a_store_that_plan_and_pack_read()
    {
        using TemporaryFolder folder = new();
        string store = folder.File("store");
        string recipe = folder.Write("tokenize.yaml", $$"""
            tokenizer: {{ToolRun.Sample("data", "tiny-llama")}}
            chats:
              sources:
                - path: {{ToolRun.Sample("data", "eval.jsonl")}}
                - path: {{ToolRun.Sample("data", "short.jsonl")}}
                  count: 10
              max-length: 1000
            out: store
            """);

        ToolRun run = (await ToolRun.OfAsync("tokenize", recipe, "--json")).Expect(ExitCode.Done);
        JsonElement plan = (await ToolRun.OfAsync("plan", store, "--json")).Expect(ExitCode.Done).Json;
        (await ToolRun.OfAsync("pack", store, "--capacity", "1000", "--out", folder.File("packs.parquet"))).Expect(ExitCode.Done);

        JsonElement report = run.Json.GetProperty("report");
        Assert.Equal(50, report.GetProperty("rowsOut").GetInt64());
        Assert.Equal(4, report.GetProperty("changed")[0].GetProperty("count").GetInt64()); // the long ones of eval.jsonl are cut
        Assert.Equal("LongAlignLlama", run.Json.GetProperty("template").GetString());
        Assert.Equal(50, plan.GetProperty("sequences").GetInt32());
        Assert.Equal(report.GetProperty("tokens").GetInt64(), plan.GetProperty("tokens").GetInt64());
    }

    [Fact]
    public async Task A_finished_store_is_not_written_over()
    {
        using TemporaryFolder folder = new();
        string[] args = ["tokenize", folder.Write("tokenize.yaml", $"tokenizer: {ToolRun.Sample("data", "tiny-llama")}\nchats: {{ sources: [{{ path: {ToolRun.Sample("data", "eval.jsonl")} }}] }}\nout: store")];
        (await ToolRun.OfAsync(args)).Expect(ExitCode.Done);

        Assert.Contains("finished token store", (await ToolRun.OfAsync(args)).Expect(ExitCode.Failed).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_row_is_named_with_file_and_line_or_skipped_and_counted()
    {
        using TemporaryFolder folder = new();
        folder.Write("chats.jsonl", File.ReadLines(ToolRun.Sample("data", "short.jsonl")).First() + "\nnonsense\n{\"messages\": [{\"role\": \"user\", \"content\": \"Nobody answers.\"}]}\n");
        string recipe = folder.Write("tokenize.yaml", $"tokenizer: {ToolRun.Sample("data", "tiny-llama")}\nchats: {{ sources: [{{ path: chats.jsonl }}] }}\nout: store");

        Assert.Contains("chats.jsonl:2", (await ToolRun.OfAsync("tokenize", recipe)).Expect(ExitCode.Failed).Error, StringComparison.Ordinal);
        string report = (await ToolRun.OfAsync("tokenize", recipe, "--set", "chats.bad-rows=skip")).Expect(ExitCode.Done).Output;
        Assert.Contains("skipped 1: not JSON", report, StringComparison.Ordinal);
        Assert.Contains("skipped 1: no answer at the end", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_source_has_a_count_or_a_weight()
    {
        using TemporaryFolder folder = new();
        string recipe = folder.Write("tokenize.yaml", $"tokenizer: {ToolRun.Sample("data", "tiny-llama")}\nchats: {{ sources: [{{ path: {ToolRun.Sample("data", "eval.jsonl")}, count: 1, weight: 1 }}] }}\nout: store");

        Assert.Contains("a count and a weight", (await ToolRun.OfAsync("tokenize", recipe)).Expect(ExitCode.Usage).Error, StringComparison.Ordinal);
    }
}
