using System.Text.Json;

namespace LongAlign.Cli.Tests.Commands;

public sealed class PlanAndPackTests
{
    private static readonly string Tokenizer = ToolRun.Sample("data", "tiny-llama");

    [Fact]
    public async Task A_plan_of_lengths_says_what_each_batching_makes_of_them()
    {
        using TemporaryFolder folder = new();
        string lengths = folder.Write("lengths.txt", "6\n4\n7\n3\n12\n");

        JsonElement plan = (await ToolRun.OfAsync("plan", lengths, "--capacity", "10", "--json")).Expect(ExitCode.Done).Json;

        Assert.Equal(5, plan.GetProperty("sequences").GetInt32());
        Assert.Equal(30, plan.GetProperty("tokens").GetInt64()); // the last one is cut to 10
        Assert.Equal(1, plan.GetProperty("cut").GetInt32());
        Assert.Equal(12, plan.GetProperty("longest").GetInt32());
        JsonElement bestFit = plan.GetProperty("batchings")[3];
        Assert.Equal("packing, best fit", bestFit.GetProperty("name").GetString());
        Assert.Equal(3, bestFit.GetProperty("microBatches").GetInt32());
        Assert.Equal(1.0, bestFit.GetProperty("efficiency").GetDouble());
        Assert.Equal(0.0, bestFit.GetProperty("paddingShare").GetDouble());
    }

    [Fact]
    public async Task Times_are_those_of_the_model_that_is_asked_for()
    {
        using TemporaryFolder folder = new();
        string lengths = folder.Write("lengths.txt", string.Join('\n', Enumerable.Range(1, 60).Select(i => i * 1_000)));
        HashSet<string> plans = [];
        foreach (string model in new[] { "llama-2-7b", "llama-2-13b", "chatglm3-6b" })
        {
            plans.Add((await ToolRun.OfAsync("plan", lengths, "--capacity", "65536", "--ranks", "4", "--cost-model", model, "--json")).Expect(ExitCode.Done).Json.GetProperty("batchings").ToString());
        }

        Assert.Equal(3, plans.Count);
    }

    [Fact]
    public async Task Sorted_batches_have_less_padding_than_naive_ones()
    {
        using TemporaryFolder folder = new();
        string lengths = folder.Write("lengths.txt", string.Join('\n', Enumerable.Range(1, 200)));

        JsonElement batchings = (await ToolRun.OfAsync("plan", lengths, "--capacity", "200", "--batch-size", "4", "--ranks", "2", "--json")).Expect(ExitCode.Done).Json.GetProperty("batchings");

        Assert.InRange(batchings[0].GetProperty("paddingShare").GetDouble(), 0.2, 0.6);
        Assert.InRange(batchings[1].GetProperty("paddingShare").GetDouble(), 0.005, 0.05);
        Assert.InRange(batchings[0].GetProperty("idleShare").GetDouble(), 0.05, 0.5);
    }

    [Fact]
    public async Task A_plan_of_chats_is_a_table()
    {
        ToolRun run = (await ToolRun.OfAsync("plan", ToolRun.Sample("data", "eval.jsonl"), "--tokenizer", Tokenizer, "--capacity", "8192")).Expect(ExitCode.Done);

        Assert.Contains("40 sequences, 16,682 tokens, median 55, longest 6,973", run.Output, StringComparison.Ordinal); // as samples/data/README.md says
        Assert.Contains("| packing, best fit |         3 |", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("5\nx\n", "lengths.txt:2: 'x' is no length; expected a whole number from 1 to 2147483647.")]
    [InlineData("5\n0\n", "lengths.txt:2: '0' is no length")]
    [InlineData("", "there are no lengths")]
    public async Task Bad_lengths_are_named_by_line(string text, string message)
    {
        using TemporaryFolder folder = new();

        ToolRun run = (await ToolRun.OfAsync("plan", folder.Write("lengths.txt", text))).Expect(ExitCode.Failed);

        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chats_without_a_tokenizer_are_refused_with_the_option_that_is_missing()
        => Assert.Contains("--tokenizer", (await ToolRun.OfAsync("plan", ToolRun.Sample("data", "eval.jsonl"))).Expect(ExitCode.Failed).Error, StringComparison.Ordinal);

    [Fact]
    public async Task A_plan_of_packs_has_every_sequence_once()
    {
        using TemporaryFolder folder = new();
        string lengths = folder.Write("lengths.txt", "6\n4\n7\n3\n12\n");
        string path = folder.File("plan.json");

        JsonElement result = (await ToolRun.OfAsync("pack", lengths, "--out", path, "--format", "plan", "--capacity", "10", "--overlong", "drop", "--json")).Expect(ExitCode.Done).Json;

        using JsonDocument plan = JsonDocument.Parse(File.ReadAllText(path));
        Assert.Equal(2, result.GetProperty("packs").GetInt32());
        Assert.Equal(1, result.GetProperty("leftOut").GetInt32());
        Assert.Equal([4], plan.RootElement.GetProperty("leftOut").EnumerateArray().Select(index => index.GetInt32()));
        Assert.Equal([0, 1, 2, 3], plan.RootElement.GetProperty("packs").EnumerateArray().SelectMany(pack => pack.EnumerateArray()).Select(index => index.GetInt32()).Order());
    }

    [Fact]
    public async Task A_sequence_longer_than_a_pack_is_an_error_unless_asked_otherwise()
    {
        using TemporaryFolder folder = new();

        ToolRun run = (await ToolRun.OfAsync("pack", folder.Write("lengths.txt", "12"), "--out", folder.File("plan.json"), "--format", "plan", "--capacity", "10")).Expect(ExitCode.Failed);

        Assert.Contains("12", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("plan.json")));
    }

    [Theory]
    [InlineData("parquet", "packs.parquet")]
    [InlineData("reference", "inputs_pack.npy")]
    public async Task Packs_of_chats_are_written_for_other_trainers(string format, string file)
    {
        using TemporaryFolder folder = new();
        string target = format == "parquet" ? folder.File(file) : folder;

        JsonElement result = (await ToolRun.OfAsync(
            "pack", ToolRun.Sample("data", "eval.jsonl"), "--tokenizer", Tokenizer, "--capacity", "8192", "--format", format, "--out", target, "--json")).Expect(ExitCode.Done).Json;

        Assert.Equal(3, result.GetProperty("packs").GetInt32());
        Assert.Equal(16_682, result.GetProperty("tokenCount").GetInt64());
        Assert.True(new FileInfo(folder.File(file)).Length > 10_000);
    }

    [Fact]
    public async Task Lengths_alone_can_not_be_written_as_packs()
    {
        using TemporaryFolder folder = new();

        Assert.Contains("--format plan", (await ToolRun.OfAsync("pack", folder.Write("l.txt", "5"), "--out", folder.File("p.parquet"))).Expect(ExitCode.Failed).Error, StringComparison.Ordinal);
    }
}
