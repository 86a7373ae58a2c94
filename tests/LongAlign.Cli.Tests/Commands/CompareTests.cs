using System.Text.Json;

namespace LongAlign.Cli.Tests.Commands;

public sealed class CompareTests
{
    [Fact]
    public async Task A_better_model_is_told_with_its_interval_and_by_length()
    {
        using TemporaryFolder folder = new();
        string a = Write(folder, "a", 40, i => i % 4 == 0 ? 1 : 0);
        string b = Write(folder, "b", 40, i => i % 8 == 1 ? 0 : 1);

        JsonElement result = (await ToolRun.OfAsync("compare", a, b, "--json")).Expect(ExitCode.Done).Json;
        ToolRun worse = await ToolRun.OfAsync("compare", b, a, "--fail-if-worse");

        Assert.Equal("better", result.GetProperty("outcome").GetString());
        Assert.Equal(0.25, result.GetProperty("meanA").GetDouble());
        Assert.Equal(0.875, result.GetProperty("meanB").GetDouble());
        Assert.True(result.GetProperty("lower").GetDouble() > 0.3);
        Assert.Equal(2, result.GetProperty("byLength").GetArrayLength());
        Assert.StartsWith("a is worse than b: 0.88 to 0.25", worse.Expect(ExitCode.Failed).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_scores_can_not_tell_and_what_is_missing_is_named()
    {
        using TemporaryFolder folder = new();
        string a = Write(folder, "a", 10, i => i == 3 ? null : 1);

        ToolRun run = (await ToolRun.OfAsync("compare", a, a, "--fail-if-worse")).Expect(ExitCode.Done);

        Assert.StartsWith("Cannot tell with n = 9: a (A) and a (B) score alike", run.Output, StringComparison.Ordinal);
        Assert.Contains("missing: q3 (no reply)", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_is_a_page_with_the_verdict_the_hashes_of_the_results_and_their_heat_maps()
    {
        using TemporaryFolder folder = new();
        string a = Write(folder, "a", 20, i => i == 3 ? null : i % 2);
        string b = Write(folder, "b", 20, _ => 1);
        File.WriteAllBytes(folder.File("b.png"), [1, 2, 3]);

        ToolRun run = (await ToolRun.OfAsync("compare", a, b, "--report", folder.File("report"))).Expect(ExitCode.Done);

        string page = File.ReadAllText(folder.File("report/report.html"));
        Assert.Contains("b is better than a", run.Output, StringComparison.Ordinal);
        Assert.Contains("Questions. b is better than a", page, StringComparison.Ordinal);
        Assert.Contains("needle, scored from 0 to 1 without a judge.", page, StringComparison.Ordinal);
        Assert.Contains($"b.json, SHA-256 {Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(b)))}", page, StringComparison.Ordinal);
        Assert.Contains("alt=\"Needles that b found\" src=\"data:image/png;base64,AQID\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Needles that a found", page, StringComparison.Ordinal);
        Assert.Contains("q3", File.ReadAllText(folder.File("report/report.md")), StringComparison.Ordinal);
        Assert.Equal(1, JsonDocument.Parse(File.ReadAllText(folder.File("report/report.json"))).RootElement.GetProperty("questions").GetProperty("missing").GetArrayLength());
    }

    [Theory]
    [InlineData("""{"evaluation":"needle","model":"b","min":0,"max":5,"scores":[{"id":"q0"}]}""", "A is needle from 0 to 1 and B is needle from 0 to 5")]
    [InlineData("""{"evaluation":"needle","model":"b","min":0,"max":1,"scores":[{"id":"q0","score":1},{"id":"other","score":1}]}""", "q1, other; expected the same questions")]
    [InlineData("""{"evaluation":"needle","model":"b","min":0,"max":1,"scores":[{"score":1}]}""", "expected a result of 'longalign evaluate'")]
    [InlineData("""{"model":"b"}""", "expected a result of 'longalign evaluate'")]
    [InlineData("nonsense", "Expected a result of 'longalign evaluate'")]
    public async Task Results_that_do_not_belong_together_are_refused(string text, string message)
    {
        using TemporaryFolder folder = new();

        ToolRun run = (await ToolRun.OfAsync("compare", Write(folder, "a", 2, _ => 1), folder.Write("b.json", text))).Expect(ExitCode.Failed);

        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    private static string Write(TemporaryFolder folder, string model, int count, Func<int, double?> score) => folder.Write($"{model}.json", JsonSerializer.Serialize(new
    {
        evaluation = "needle",
        model,
        min = 0,
        max = 1,
        scores = Enumerable.Range(0, count).Select(i => new { id = $"q{i}", score = score(i), missingReason = score(i) is null ? "no reply" : null, length = i < count / 2 ? 1_000 : 10_000, language = "en" }),
    }));
}
