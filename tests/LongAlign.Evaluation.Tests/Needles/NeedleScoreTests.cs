using System.Text.Json;
using CsCheck;
using LongAlign.Evaluation.Judging;
using LongAlign.Evaluation.Needles;
using LongAlign.Requests;

namespace LongAlign.Evaluation.Tests.Needles;

/// <summary>Replies and their scores: what is said counts, not how it is written.</summary>
public sealed class NeedleScoreTests
{
    private static readonly Needle Number = new() { Text = "The code of the locker at Elgin station is 4815162.", Question = "What is the code?", Answer = "4815162" };
    private static readonly Needle Words = new() { Text = "The best dish is Twenty-Seven sandwiches.", Question = "What is the best dish?", Answer = "twenty-seven sandwiches" };

    [Theory]

    // However it is grouped.
    [InlineData("4815162", 1)]
    [InlineData("The code is 4815162.", 1)]
    [InlineData("**4815162**", 1)]
    [InlineData("`4815162`", 1)]
    [InlineData("4,815,162", 1)]
    [InlineData("4 815 162", 1)]
    [InlineData("4.815.162", 1)]
    [InlineData("4'815'162", 1)]
    [InlineData("4’815’162", 1)]
    [InlineData("4\u202F815\u202F162", 1)]
    [InlineData("4\u00A0815\u00A0162", 1)]
    [InlineData("4\u2009815\u2009162", 1)]
    [InlineData("4_815_162", 1)]
    [InlineData("4-815-162", 1)]
    [InlineData("4·815·162", 1)]
    [InlineData("$4{,}815{,}162$", 1)]
    [InlineData("$4\\,815\\,162$", 1)]
    [InlineData("48,15,162", 1)]
    [InlineData("481,5162", 1)]
    [InlineData("481 5162", 1)]
    [InlineData("48 15 162", 1)]
    [InlineData("4 8 1 5 1 6 2", 1)]
    [InlineData("4-8-1-5-1-6-2", 1)]
    [InlineData("４８１５１６２", 1)]
    [InlineData("４，８１５，１６２", 1)]
    [InlineData("٤٨١٥١٦٢", 1)]
    [InlineData("4815162号", 1)]
    [InlineData("密码是4815162。", 1)]
    [InlineData("code4815162", 1)]

    // Beside other numbers.
    [InlineData("1. 4815162", 1)]
    [InlineData("1.4815162\n2.1234567", 1)]
    [InlineData("2) 4,815,162", 1)]
    [InlineData("Locker 12: 4815162, found in 1999.", 1)]
    [InlineData("1234567, 4815162", 1)]
    [InlineData("1234567,4815162", 1)]
    [InlineData("4815162,1234567", 1)]
    [InlineData("1234567 4815162 7654321", 1)]
    [InlineData("2024 4 815 162 2025", 1)]
    [InlineData("4,815,162, 7,654,321", 1)]
    [InlineData("1234567\n4815162", 1)]
    [InlineData("It is 44815162, or 4815162", 1)]

    // More or fewer digits, or decimals, are another number.
    [InlineData("48151620", 0)]
    [InlineData("14815162", 0)]
    [InlineData("815162", 0)]
    [InlineData("4815163", 0)]
    [InlineData("4,815,162,000", 0)]
    [InlineData("14,815,162", 0)]
    [InlineData("1 4 815 162 000", 0)]
    [InlineData("4 815 162 000", 0)]
    [InlineData("4815162.5", 0)]
    [InlineData("4,815,162.5", 0)]
    [InlineData("4.815.162,5", 0)]
    [InlineData("0.4815162", 0)]
    [InlineData("4.815162", 0)]
    [InlineData("4,815162", 0)]
    [InlineData("481\n5162", 0)]
    [InlineData("481, 5162", 0)]
    [InlineData("I can't find it.", 0)]
    [InlineData("", 0)]

    // What is denied.
    [InlineData("not 4815162", 0)]
    [InlineData("It is not 4,815,162.", 0)]
    [InlineData("The code isn't 4815162.", 0)]
    [InlineData("The code isn’t **4815162**.", 0)]
    [InlineData("It is definitely not the number 4815162", 0)]
    [InlineData("It can't be 4815162.", 0)]
    [InlineData("It was never 4815162.", 0)]
    [InlineData("1234567 rather than 4815162", 0)]
    [InlineData("neither 1234567 nor 4815162", 0)]
    [InlineData("There is no code 4815162.", 0)]
    [InlineData("4815162 is not the code.", 0)]
    [InlineData("4815162 is wrong.", 0)]
    [InlineData("\"4815162\" isn't in the text.", 0)]
    [InlineData("密码不是4815162。", 0)]
    [InlineData("并非4815162", 0)]
    [InlineData("4815162不是密码。", 0)]

    // What is not denied.
    [InlineData("not 1234567 but 4815162", 1)]
    [InlineData("It is not 1234567, it is 4815162.", 1)]
    [InlineData("No, it is 4815162.", 1)]
    [InlineData("No. 4815162", 1)]
    [InlineData("I'm not sure, but 4815162.", 1)]
    [InlineData("I am not sure that it is 4815162", 1)]
    [InlineData("不是1234567，是4815162。", 1)]
    [InlineData("Not 4815162? Yes, 4815162.", 1)]

    // What is thought.
    [InlineData("<think>It may be 4815162.</think>1234567", 0)]
    [InlineData("<think>It may be 4815162.", 0)]
    [InlineData("It may be 4815162.</think>I don't know.", 0)]
    [InlineData("<think>Not 1234567.</think>4815162", 1)]
    public void A_number_counts_however_it_is_written(string reply, double score) => Assert.Equal(score, Number.Score(reply));

    [Theory]
    [InlineData("twenty-seven sandwiches", 1)]
    [InlineData("Twenty seven sandwiches.", 1)]
    [InlineData("TWENTY\u2011SEVEN\nSANDWICHES", 1)]
    [InlineData("It is **twenty-seven sandwiches**!", 1)]
    [InlineData("twenty-seven sandwichesque", 0)]
    [InlineData("twenty sandwiches", 0)]
    [InlineData("It is not twenty-seven sandwiches.", 0)]
    public void Words_count_in_any_case_and_as_whole_words(string reply, double score) => Assert.Equal(score, Words.Score(reply));

    [Theory]
    [InlineData("4,815,162", "4815162", 1)] // the needle may group, too
    [InlineData("815", "815,162", 0)]
    [InlineData("42", "4.2", 0)]
    [InlineData("42", "4 2", 0)]
    [InlineData("3.14", "about 3.14", 1)]
    [InlineData("3.14", "13.14", 0)]
    [InlineData("3.14", "3.141", 0)]
    [InlineData("1984-05-06", "on 1984-05-06", 1)]
    [InlineData("1984-05-06", "19840506", 0)]
    [InlineData("故宫", "答案是故宫。", 1)]
    [InlineData("四百八十一", "是四百八十一号", 1)]
    public void Answers_of_other_kinds(string answer, string reply, double score) => Assert.Equal(score, new Needle { Text = "", Question = "", Answer = answer }.Score(reply));

    /// <summary>A number is found in every way to group it, and another one never.</summary>
    [Fact]
    public void Any_number_is_found_in_any_grouping_and_no_other_number_is()
        => Gen.Select(Gen.Int[1_000_000, 9_999_999], Gen.Int[1_000_000, 9_999_999], Gen.OneOf(",", ".", " ", "'", "\u202F", "-", "_", "{,}")).Sample((number, other, separator) =>
        {
            Needle needle = new() { Text = "", Question = "", Answer = $"{number}" };
            string Grouped(int n) => $"{n / 1_000_000}{separator}{n / 1_000 % 1_000:000}{separator}{n % 1_000:000}";
            Assert.Equal(1, needle.Score($"The code is {Grouped(number)}."));
            Assert.Equal(1, needle.Score($"{Grouped(other)}; {Grouped(number)}"));
            Assert.Equal(number == other ? 1 : 0, needle.Score($"The code is {Grouped(other)}."));
            Assert.Equal(0, needle.Score($"{Grouped(number)}{separator}{other % 1_000:000}"));
            Assert.Equal(0, needle.Score($"{(other % 90) + 10}{Grouped(number)}"));
        }, iter: 2_000);

    [Fact]
    public void Any_reply_has_a_score()
        => Gen.String[Gen.OneOf(Gen.Char["4815162 .,'-\n不是not"], Gen.Char), 0, 40].Sample(reply => Assert.InRange(Number.Score(reply), 0, 1), iter: 2_000);

    [Fact]
    public void Replies_of_models_as_they_come()
    {
        string? folder = SharedGolden.Find(Path.Combine("..", "cases", "needle-replies"));
        Assert.SkipWhen(folder is null, "There is no folder cases/needle-replies beside the golden data.");
        JsonElement file = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder!, "replies.json"))).RootElement;
        Needle needle = new() { Text = file.GetProperty("needle").GetString()!, Question = file.GetProperty("question").GetString()!, Answer = file.GetProperty("answer").GetString()! };
        JsonElement replies = file.GetProperty("replies");
        Assert.NotEqual(0, replies.GetArrayLength());
        Assert.All(replies.EnumerateArray(), item => Assert.Equal((item.GetRawText(), item.GetProperty("right").GetBoolean() ? 1.0 : 0), (item.GetRawText(), needle.Score(item.GetProperty("reply").GetString()!))));
    }

    [Theory]
    [InlineData("4815162 is the code, and", "length", 1.0)]
    [InlineData("The code is 4815162", "length", 0.0)] // and more digits, perhaps
    [InlineData("The code is 4815162", "stop", 1.0)]
    [InlineData("<think>It may be 4815162", "length", null)]
    [InlineData("<think>It may be 4815162", "stop", 0.0)]
    [InlineData("", "length", null)]
    [InlineData("", "stop", 0.0)]
    public async Task A_reply_that_was_cut_off_counts_for_what_it_says_and_is_missing_where_it_says_nothing(string reply, string finishReason, double? score)
    {
        NeedlePrompt prompt = new() { Length = 100, Depth = 50, Trial = 0, Needle = Number, Text = "prompt", TokenCount = 90, ActualDepth = 50 };
        using TemporaryFolder folder = new();
        using RequestJournal journal = RequestJournal.Open(folder.File("journal.jsonl"));
        using ScriptedClient model = new(_ => reply) { FinishReason = new(finishReason) };
        using RequestRunner runner = new(model, journal);
        NeedleMap map = await NeedleTest.RunAsync([prompt], runner, new SamplingOptions { Model = "scripted" });
        NeedleResult result = Assert.Single(map.Results);
        Assert.Equal((score, finishReason), (result.Score, result.FinishReason));
        Assert.Equal(score is null, result.MissingReason?.Contains("cut off (length) before it said anything", StringComparison.Ordinal) == true);

        // A judge has nothing to say about half a reply, or none.
        using ScriptedClient judge = new(_ => "[[10]]");
        using RequestRunner judging = new(judge, journal);
        map = await NeedleJudge.JudgeAsync(map, judging, JudgeOptions.ForNeedles(new SamplingOptions { Model = "judge" }));
        Assert.Equal(finishReason == "stop" && reply.StartsWith("The code", StringComparison.Ordinal) ? 10 : null, map.JudgeMean);
    }
}
