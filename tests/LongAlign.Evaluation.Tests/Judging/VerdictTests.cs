using System.Globalization;
using System.Text.Json;
using LongAlign.Evaluation.Judging;

namespace LongAlign.Evaluation.Tests.Judging;

public sealed class VerdictTests
{
    private static readonly JsonElement Cases = Golden.ReadJson("judge", "cases.json");

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
                Assert.True(expected == Verdict.Parse(raw).Number, raw);
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
    [InlineData("", null, VerdictProblem.NoBrackets)]
    public void A_score_is_in_range_or_there_is_a_reason(string reply, double? score, VerdictProblem? problem)
    {
        Verdict verdict = Verdict.Parse(reply);
        Assert.Equal(score, verdict.Score);
        Assert.Equal(problem, verdict.Problem);
    }

    [Fact]
    public void Another_scale_has_another_range()
    {
        Assert.Equal(3, Verdict.Parse("[[3]]", 1, 3).Score);
        Assert.Equal(VerdictProblem.OutOfRange, Verdict.Parse("[[4]]", 1, 3).Problem);
    }
}
