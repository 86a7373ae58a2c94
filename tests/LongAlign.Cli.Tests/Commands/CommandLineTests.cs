using System.Text.Json;

namespace LongAlign.Cli.Tests.Commands;

public sealed class CommandLineTests
{
    [Fact]
    public async Task Help_lists_every_command()
    {
        ToolRun run = (await ToolRun.OfAsync("--help")).Expect(ExitCode.Done);

        Assert.All(["plan", "tokenize", "pack", "train", "generate-data", "evaluate", "compare", "report", "chat", "recipe", "doctor"], name => Assert.Contains($"  {name} ", run.Output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("plan")]
    [InlineData("plan", "x.txt", "--capacity", "0")]
    [InlineData("plan", "x.txt", "--capacty", "5")]
    [InlineData("plan", "x.txt", "--cost-model", "gpt")]
    [InlineData("pack", "x.txt")]
    [InlineData("pack", "x.txt", "--out", "y", "--algorithm", "worst-fit")]
    [InlineData("trian", "x.yaml")]
    [InlineData]
    public async Task A_wrong_command_line_is_said_and_has_its_own_exit_code(params string[] args)
    {
        ToolRun run = (await ToolRun.OfAsync(args)).Expect(ExitCode.Usage);

        Assert.NotEqual("", run.Error);
        Assert.Equal("", run.Output);
    }

    [Fact]
    public async Task A_mistyped_command_is_answered_with_the_one_that_was_meant()
        => Assert.Contains("train", (await ToolRun.OfAsync("trian", "x.yaml")).Error, StringComparison.Ordinal);

    [Theory]
    [InlineData(ExitCode.Usage, "usage", "plan", "--json")]
    [InlineData(ExitCode.Usage, "recipe", "train", "nowhere.yaml", "--json")]
    [InlineData(ExitCode.Failed, "failed", "plan", "nowhere.txt", "--json")]
    public async Task With_json_an_error_is_json_too(int code, string kind, params string[] args)
    {
        JsonElement error = (await ToolRun.OfAsync(args)).Expect(code).Json.GetProperty("error");

        Assert.Equal(kind, error.GetProperty("kind").GetString());
        Assert.NotEqual("", error.GetProperty("message").GetString());
    }
}
