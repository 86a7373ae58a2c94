using System.Text.Json;

namespace LongAlign.Cli.Tests.Commands;

/// <summary><c>longalign plan --model</c>.</summary>
public sealed class PlanModelTests
{
    private static readonly string[] Paper = ["plan", "--model", "llama-2-7b", "--device", "a800-80gb", "--ranks", "8", "--dtype", "bfloat16", "--checkpointing", "--json"];

    [Fact]
    public async Task A_model_alone_is_planned_by_capacity()
    {
        JsonElement plan = (await ToolRun.OfAsync([.. Paper, "--sharding", "parameters", "--price", "2", "--tokens", "1e9"])).Expect(ExitCode.Done).Json;

        Assert.Equal(6_738_415_616, plan.GetProperty("parameters").GetInt64());
        Assert.True(plan.GetProperty("fits").GetBoolean());
        JsonElement[] parts = [.. plan.GetProperty("parts").EnumerateArray()];
        Assert.Equal("weights", parts[0].GetProperty("kind").GetString());
        Assert.Equal((202_383_360 + 4_096) * 2L, parts[0].GetProperty("bytes").GetInt64());
        Assert.Equal(plan.GetProperty("bytes").GetInt64(), parts.Where(part => part.GetProperty("isAtPeak").GetBoolean()).Sum(part => part.GetProperty("bytes").GetInt64()));
        double hours = plan.GetProperty("hours").GetDouble();
        Assert.Equal(1e9 / plan.GetProperty("tokensPerSecond").GetDouble() / 3_600, hours, 1e-6);
        Assert.Equal(8 * 2 * hours, plan.GetProperty("price").GetDouble(), 1e-6);
    }

    [Fact]
    public async Task What_does_not_fit_is_told_with_what_would()
    {
        JsonElement plan = (await ToolRun.OfAsync(Paper)).Expect(ExitCode.Done).Json;
        string text = (await ToolRun.OfAsync(Paper[..^1])).Expect(ExitCode.Done).Output;

        Assert.False(plan.GetProperty("fits").GetBoolean());
        Assert.Equal("sharding of the optimizer's state", plan.GetProperty("changes")[0].GetString());
        Assert.InRange(plan.GetProperty("changedBytes").GetInt64(), 1, plan.GetProperty("deviceBytes").GetInt64());
        Assert.Contains("It does not fit: ", text, StringComparison.Ordinal);
        Assert.Contains("; try sharding of the optimizer's state: ", text, StringComparison.Ordinal);
        Assert.Contains("| optimizer state ", text, StringComparison.Ordinal);
        Assert.Contains("a billion tokens: ", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_and_lengths_say_tokens_and_squares()
    {
        using TemporaryFolder folder = new();
        folder.Write("config.json", """
            { "model_type": "llama", "vocab_size": 100, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2 }
            """);
        string lengths = folder.Write("lengths.txt", "60\n40\n70\n30\n120\n");

        JsonElement plan = (await ToolRun.OfAsync("plan", lengths, "--capacity", "100", "--model", folder, "--device", "h200-141gb", "--memory", "0.5", "--epochs", "3", "--json"))
            .Expect(ExitCode.Done).Json;

        JsonElement run = plan.GetProperty("run");
        Assert.Equal(3 * 300, run.GetProperty("tokens").GetDouble());
        Assert.Equal(500_000_000, run.GetProperty("deviceBytes").GetInt64());
        Assert.Equal(6, plan.GetProperty("batchings").GetArrayLength());
        Assert.Equal(JsonValueKind.Null, (await ToolRun.OfAsync("plan", lengths, "--json")).Json.GetProperty("run").ValueKind);
    }

    [Theory]
    [InlineData("There is nothing to plan; expected lengths, a token store or chats, or --model.", ExitCode.Usage)]
    [InlineData("--sharding has no effect without --model.", ExitCode.Usage, "lengths.txt", "--sharding", "gradients")]
    [InlineData("--price is 0; expected more than 0.", ExitCode.Usage, "--model", "llama-2-7b", "--price", "0")]
    [InlineData("expected a folder with config.json, or one of llama-2-7b", ExitCode.Failed, "--model", "nowhere")]
    [InlineData("does not divide 1 ranks", ExitCode.Failed, "--model", "llama-2-7b", "--sequence-parallelism", "2")]
    public async Task Wrong_options_are_named(string message, int exitCode, params string[] options)
    {
        ToolRun run = (await ToolRun.OfAsync(["plan", .. options])).Expect(exitCode);

        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }
}
