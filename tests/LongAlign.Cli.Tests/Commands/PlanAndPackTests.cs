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
        Assert.Equal(2, plan.GetProperty("globalBatchSize").GetInt32()); // 6 tokens a sequence: 10 hold 1.7
        JsonElement bestFit = plan.GetProperty("batchings")[3];
        Assert.Equal("packs best fit", bestFit.GetProperty("name").GetString());
        Assert.Equal(3, bestFit.GetProperty("microBatches").GetInt32());
        Assert.Equal(1.0, bestFit.GetProperty("fullness").GetDouble());
        Assert.Equal(0.0, bestFit.GetProperty("paddingShare").GetDouble());
        Assert.Equal(10, bestFit.GetProperty("largestMicroBatch").GetInt32());
        Assert.Equal([1, 2, 2], new[] { "smallestStep", "medianStep", "largestStep" }.Select(name => bestFit.GetProperty(name).GetInt32()));
        Assert.Equal(9 / (5 * 2.0), bestFit.GetProperty("evenness").GetDouble(), 1e-9); // steps of 1, 2 and 2
        JsonElement packing = plan.GetProperty("batchings")[5];
        Assert.Equal("packing", packing.GetProperty("name").GetString());
        Assert.Equal((2, 3), (packing.GetProperty("globalBatchSize").GetInt32(), packing.GetProperty("steps").GetInt32()));
        Assert.Equal("packing", plan.GetProperty("advice").GetProperty("method").GetString());
    }

    [Fact]
    public async Task At_one_device_the_table_tells_padding_and_unevenness()
    {
        using TemporaryFolder folder = new();
        string lengths = folder.Write("lengths.txt", string.Join('\n', Enumerable.Range(0, 1_000).Select(i => i % 10 == 0 ? 4_000 + i : 100 + (i % 37))));

        JsonElement plan = (await ToolRun.OfAsync("plan", lengths, "--capacity", "8192", "--json")).Expect(ExitCode.Done).Json;

        JsonElement[] batchings = [.. plan.GetProperty("batchings").EnumerateArray()];
        Assert.All(batchings[..2], padded => Assert.InRange(padded.GetProperty("paddingShare").GetDouble(), 0.02, 0.9));
        Assert.True(batchings[0].GetProperty("timeOverIdeal").GetDouble() > 2);
        Assert.True(batchings[0].GetProperty("largestMicroBatch").GetInt32() > 3 * 8_192); // a budget of 8,192 on average
        Assert.InRange(batchings[4].GetProperty("evenness").GetDouble(), 0.05, 0.6);
        Assert.InRange(batchings[5].GetProperty("evenness").GetDouble(), 0.99, 1);
        Assert.Equal(1, batchings[5].GetProperty("timeOverIdeal").GetDouble(), 1e-9);
        Assert.Equal(plan.GetProperty("globalBatchSize").GetInt32(), plan.GetProperty("advice").GetProperty("globalBatchSize").GetInt32());
    }

    [Fact]
    public async Task A_step_with_too_few_tokens_for_its_longest_sequence_is_told_and_one_that_has_enough_is_found()
    {
        using TemporaryFolder folder = new();
        string lengths = folder.Write("lengths.txt", string.Join('\n', Enumerable.Range(0, 3_000).Select(i => i % 30 == 0 ? 60_000 : 1_000)));

        JsonElement plan = (await ToolRun.OfAsync("plan", lengths, "--ranks", "8", "--global-batch-size", "32", "--json")).Expect(ExitCode.Done).Json;

        JsonElement advice = plan.GetProperty("advice");
        Assert.Equal(32, plan.GetProperty("globalBatchSize").GetInt32());
        Assert.True(plan.GetProperty("batchings")[5].GetProperty("timeOverIdeal").GetDouble() > 1.5);
        Assert.True(advice.GetProperty("globalBatchSize").GetInt32() is > 32 and < 3_000);
        Assert.InRange(advice.GetProperty("timeOverIdeal").GetDouble(), 1, 1.05);
        Assert.Contains("(raise it: with 32 a step has too few tokens", advice.GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--global-batch-size", "0", "--global-batch-size is 0; expected a whole number from 1 to 2147483647.")]
    [InlineData("--global-batch-size", "2", "both say how large a step is", "--accumulation", "2")]
    [InlineData("--composition", "sorted", "random")]
    public async Task A_wrong_option_of_the_plan_is_named(string option, string value, string message, params string[] more)
    {
        using TemporaryFolder folder = new();

        ToolRun run = (await ToolRun.OfAsync(["plan", folder.Write("lengths.txt", "5\n6\n"), option, value, .. more])).Expect(ExitCode.Usage);

        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fewer_sequences_than_devices_are_refused()
    {
        using TemporaryFolder folder = new();

        ToolRun run = (await ToolRun.OfAsync("plan", folder.Write("lengths.txt", "5\n6\n"), "--ranks", "3")).Expect(ExitCode.Failed);

        Assert.Contains("expected at least one for each rank", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Composition_and_synchronization_are_played()
    {
        using TemporaryFolder folder = new();
        string lengths = folder.Write("lengths.txt", string.Join('\n', Enumerable.Range(1, 400).Select(i => i * i % 997 + 1)));
        HashSet<double> times = [];
        foreach (string[] options in new string[][] { [], ["--composition", "random"], ["--synchronization", "each-micro-batch"] })
        {
            JsonElement plan = (await ToolRun.OfAsync(["plan", lengths, "--capacity", "1000", "--ranks", "3", "--global-batch-size", "20", "--json", .. options])).Expect(ExitCode.Done).Json;
            times.Add(plan.GetProperty("batchings")[5].GetProperty("timeOverIdeal").GetDouble());
        }

        Assert.Equal(3, times.Count);
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
        Assert.Contains("| packs best fit |         3 |", run.Output, StringComparison.Ordinal);
        Assert.Contains("a global batch size of 20 sequences, on average the tokens of 1 full pack", run.Output, StringComparison.Ordinal);
        Assert.Single(run.Output.Split('\n'), line => line.StartsWith("Take packing with a global batch size of 20: an epoch takes 1.00 times the ideal time at an evenness of ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("5\nx\n", "lengths.txt:2: 'x' is not a length; expected a whole number from 1 to 2147483647.")]
    [InlineData("5\n0\n", "lengths.txt:2: '0' is not a length")]
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

    [Fact]
    public async Task A_conversation_longer_than_a_pack_is_named_by_file_and_line()
    {
        using TemporaryFolder folder = new();

        ToolRun run = (await ToolRun.OfAsync("pack", ToolRun.Sample("data", "eval.jsonl"), "--tokenizer", Tokenizer, "--out", folder.File("packs.parquet"), "--capacity", "512")).Expect(ExitCode.Failed);

        Assert.Matches(@"Sequence \d+ \(.*eval\.jsonl:\d+\) has \d+ tokens, and the most that a sequence may have is 512 \(\d+ such in all, the longest of 6973\): raise that to 6973", run.Error);
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
