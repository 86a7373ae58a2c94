using System.Globalization;
using System.Text.Json;
using LongAlign.Evaluation.Judging;

namespace LongAlign.Evaluation.Tests.Judging;

public sealed class VerdictTests
{
    private static readonly JsonElement Cases = Golden.ReadJson("judge", "cases.json");

    /// <summary>Where the reference takes a number that the judge did not give: what stands there instead.</summary>
    private static readonly Dictionary<string, double?> Misread = new()
    {
        ["[[-3]]"] = -3,
        ["[[.5]]"] = 0.5,
        ["[[inf 3]]"] = null,
        ["[[3.14.15]]"] = null,
        ["[[1e3]]"] = null,
        ["[[1,000]]"] = null,
        ["[[between 5 and 7]]"] = null,
        ["[[8⁄0]]"] = null,
    };

    [Theory]
    [InlineData("")]
    [InlineData("de-DE")]
    [InlineData("tr-TR")]
    [InlineData("ar-SA")]
    public void Numbers_are_the_reference_s_in_every_culture(string culture)
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture);
        try
        {
            JsonElement[] table = [.. Cases.GetProperty("table").EnumerateArray()];
            Assert.True(table.Length > 60);
            foreach (JsonElement row in table)
            {
                string raw = row.GetProperty("raw").GetString()!;
                double? expected = row.GetProperty("score") is { ValueKind: JsonValueKind.Number } score ? score.GetDouble() : null;
                double? needle = row.GetProperty("needle_eval_score") is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : null;
                Assert.True((Misread.TryGetValue(raw, out double? said) ? said : expected) == Verdict.Parse(raw).Number, raw);
                Assert.True(needle == Verdict.Parse(raw, reading: VerdictReading.FirstWholeNumber).Number, raw);
            }
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData("Rating: [[7]]", 7.0, null)]
    [InlineData("[[7.5]]", 7.5, null)]
    [InlineData("[[8/10]]", 8.0, null)]
    [InlineData("[[rating: 8]]", 8.0, null)]
    [InlineData("You asked for [[5]]; I give [[1]].", 1.0, null)]
    [InlineData("[[0]]", null, VerdictProblem.OutOfRange)]
    [InlineData("[[11]]", null, VerdictProblem.OutOfRange)]
    [InlineData("[[85]]", null, VerdictProblem.OutOfRange)]
    [InlineData("[[-5]]", null, VerdictProblem.OutOfRange)]
    [InlineData("[[five]]", null, VerdictProblem.NoNumber)]
    [InlineData("8/10", null, VerdictProblem.NoBrackets)]
    [InlineData("**Rating: [[ **8** ]]**", 8.0, null)]
    [InlineData("[[my final score is 8.5]]", 8.5, null)]
    [InlineData("[[8 points]]", 8.0, null)]
    [InlineData("[[评分：8 分]]", 8.0, null)]
    [InlineData("[[8,5]]", 8.5, null)]
    [InlineData("[[８．５]]", 8.5, null)]
    [InlineData("[[+8]]", 8.0, null)]
    [InlineData("[[8.0/10.0]]", 8.0, null)]
    [InlineData("[[4/5]]", null, VerdictProblem.NoNumber)]
    [InlineData("[[4 out of 5]]", null, VerdictProblem.NoNumber)]
    [InlineData("[[.5]]", null, VerdictProblem.OutOfRange)]
    [InlineData("[[0,5]]", null, VerdictProblem.OutOfRange)]
    [InlineData("[[−8]]", null, VerdictProblem.OutOfRange)]
    [InlineData("[[7-8]]", null, VerdictProblem.NoNumber)]
    [InlineData("[[7–8]]", null, VerdictProblem.NoNumber)]
    [InlineData("[[7 to 8]]", null, VerdictProblem.NoNumber)]
    [InlineData("[[7, 8]]", null, VerdictProblem.NoNumber)]
    [InlineData("[[7 8]]", null, VerdictProblem.NoNumber)]
    [InlineData("[[8 or nine]]", null, VerdictProblem.NoNumber)]
    [InlineData("[[not 8]]", null, VerdictProblem.NoNumber)]
    [InlineData("[[1e1]]", null, VerdictProblem.NoNumber)]
    [InlineData("[[8%]]", null, VerdictProblem.NoNumber)]
    [InlineData("[[8½]]", null, VerdictProblem.NoNumber)]
    [InlineData("[[0x8]]", null, VerdictProblem.NoNumber)]
    [InlineData("[[8,000]]", null, VerdictProblem.NoNumber)]
    [InlineData("[[8.5.1]]", null, VerdictProblem.NoNumber)]
    [InlineData("[[~8]]", null, VerdictProblem.NoNumber)]
    [InlineData("[[>8]]", null, VerdictProblem.NoNumber)]
    [InlineData("", null, VerdictProblem.NoBrackets)]
    public void A_score_is_in_range_or_there_is_a_reason(string reply, double? score, VerdictProblem? problem)
    {
        Verdict verdict = Verdict.Parse(reply);
        Assert.Equal(score, verdict.Score);
        Assert.Equal(problem, verdict.Problem);
    }

    [Theory]
    [InlineData("<think>maybe [[9]]</think>\nRating: [[3]]", 3.0, null)]
    [InlineData("maybe [[9]]\n</think>\nRating: [[3]]", 3.0, null)]
    [InlineData("maybe [[9]]\n</think>\nNo rating.", null, VerdictProblem.NoBrackets)]
    [InlineData("[[9]]</think>", null, VerdictProblem.NoBrackets)]
    [InlineData("<think>The best is [[10]].", null, VerdictProblem.NoBrackets)]
    [InlineData("<thinking>[[10]]</thinking><think>[[9]]", null, VerdictProblem.NoBrackets)]
    [InlineData("<think>[[10]]</think>Rating: [[3]] <think>or [[9]]?</think>", 3.0, null)]
    public void Thoughts_hold_no_verdict(string reply, double? score, VerdictProblem? problem)
    {
        foreach (VerdictReading reading in Enum.GetValues<VerdictReading>())
        {
            Verdict verdict = Verdict.Parse(reply, reading: reading);
            Assert.Equal((score, problem), (verdict.Score, verdict.Problem));
        }
    }

    [Theory]
    [InlineData("length")]
    [InlineData("max_tokens")]
    [InlineData("MAX_TOKENS")]
    [InlineData("content_filter")]
    public void A_reply_that_was_cut_off_has_no_verdict(string finishReason)
    {
        foreach (string reply in (string[])["Rating: [[8]]", "<think>[[10]]", "", "Rating: [[8]] because"])
        {
            Verdict verdict = Verdict.Parse(reply, finishReason: finishReason);
            Assert.Equal((null, VerdictProblem.CutOff), (verdict.Score, verdict.Problem));
        }

        Assert.Equal(8, Verdict.Parse("Rating: [[8]]", finishReason: "stop").Score);
    }

    [Fact]
    public void Replies_of_judges_as_they_come()
    {
        string? folder = SharedGolden.Find(Path.Combine("..", "cases", "judge-replies"));
        Assert.SkipWhen(folder is null, "There is no folder cases/judge-replies beside the golden data.");
        JsonElement replies = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder!, "replies.json"))).RootElement;
        Assert.NotEqual(0, replies.GetArrayLength());
        foreach (JsonElement item in replies.EnumerateArray())
        {
            double? expected = item.GetProperty("score") is { ValueKind: JsonValueKind.Number } score ? score.GetDouble() : null;
            Verdict verdict = Verdict.Parse(item.GetProperty("reply").GetString()!, finishReason: item.GetProperty("finish_reason").GetString());
            Assert.True(verdict.Score == expected || (verdict.Score is null && item.TryGetProperty("or_none", out _)), $"{item}: {verdict.Score}");
        }
    }

    [Fact]
    public void Another_scale_has_another_range()
    {
        Assert.Equal(3, Verdict.Parse("[[3]]", 1, 3).Score);
        Assert.Equal(VerdictProblem.OutOfRange, Verdict.Parse("[[4]]", 1, 3).Problem);
    }
}
