using LongAlign.Evaluation.Comparisons;

namespace LongAlign.Evaluation.Tests.Comparisons;

public sealed class PairedComparisonTests
{
    private static IEnumerable<PairedScore> Simulate(Random random, int count, double better)
    {
        for (int i = 0; i < count; i++)
        {
            double ease = 4 + random.Next(4);
            yield return new PairedScore($"{i}", ease + random.Next(-2, 3), ease + better + random.Next(-3, 4));
        }
    }

    private static PairedScore[] Pairs(params double[] differences) => [.. differences.Select((difference, i) => new PairedScore($"{i}", 5, 5 + difference))];

    [Fact]
    public void Equal_models_are_told_apart_in_about_5_of_100_comparisons()
    {
        Random random = new(6);
        int told = Enumerable.Range(0, 400).Count(i => new PairedComparison(Simulate(random, 50, better: 0), i, 500).Outcome != ComparisonOutcome.CannotTell);
        Assert.InRange(told, 8, 34);
    }

    /// <summary>
    /// Darwin's 15 pairs of maize (Fisher 1935, The Design of Experiments, Sec. 21): of 32,768 signs, 863 make a sum of 314 and more, so 1,726
    /// one as far from 0.
    /// </summary>
    [Fact]
    public void The_exact_p_value_is_that_of_Fisher_s_test_of_Darwin_s_plants()
    {
        PairedComparison comparison = new(Pairs(49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48));
        Assert.True(comparison.IsExact);
        Assert.Equal(1_726 / 32_768.0, comparison.PValue, 12);
        Assert.Equal(314 / 15.0, comparison.Difference, 12);
        Assert.Equal(37.744, comparison.StandardDeviation, 3); // Fisher's Sec. 17: the standard error is 9.746
        Assert.Equal((13, 0, 2), (comparison.Wins, comparison.Ties, comparison.Losses));
        Assert.InRange(comparison.Lower, -2, 2); // Student's interval, Sec. 17: 0.03 to 41.8
        Assert.InRange(comparison.Upper, 38, 43);
    }

    [Fact]
    public void Beyond_16_differences_signs_are_drawn_and_come_close_to_all_of_them()
    {
        double[] differences = [3, -1, 2, 2, -1, 1, 4, -2, 1, 1, -3, 2, 1, -1, 2, 1, 1];
        int asFar = Enumerable.Range(0, 1 << 17).Count(signs => Math.Abs(differences.Select((d, i) => (signs >> i & 1) == 0 ? d : -d).Sum()) >= differences.Sum());
        PairedComparison comparison = new(Pairs(differences), resamples: 100_000);
        Assert.False(comparison.IsExact);
        Assert.InRange(comparison.PValue, (asFar / 131_072.0) - 0.004, (asFar / 131_072.0) + 0.004);
        Assert.True(new PairedComparison(Pairs([.. differences[..16], 0, 0, 0])).IsExact); // ties have no sign
        Assert.Equal(1 / 101.0, new PairedComparison(Pairs([.. Enumerable.Repeat(1.0, 30)]), resamples: 100).PValue, 12); // never 0: the signs seen count
    }

    [Fact]
    public void A_clear_difference_is_better_one_way_and_worse_the_other()
    {
        PairedScore[] scores = [.. Simulate(new Random(1), 200, better: 1.5)];
        PairedComparison better = new(scores);
        Assert.Equal(ComparisonOutcome.Better, better.Outcome);
        Assert.StartsWith("B is better than A: ", better.ToString(), StringComparison.Ordinal);
        PairedComparison worse = new(scores.Select(pair => new PairedScore(pair.Id, pair.B, pair.A)));
        Assert.Equal(ComparisonOutcome.Worse, worse.Outcome);
        Assert.Equal(-better.Difference, worse.Difference, 12);
        Assert.Equal(better.ToString(), new PairedComparison(scores).ToString());
        Assert.NotEqual(better.Lower, new PairedComparison(scores, seed: 1).Lower);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void A_small_p_value_alone_tells_nothing_while_0_lies_in_the_interval(int sign)
    {
        PairedComparison comparison = new(Pairs([-sign, .. Enumerable.Repeat(1.1 * sign, 6)]));
        Assert.Equal(4 / 128.0, comparison.PValue, 12);
        Assert.True(comparison.Lower < 0 && comparison.Upper > 0, $"{comparison}");
        Assert.Equal(ComparisonOutcome.CannotTell, comparison.Outcome);
    }

    [Fact]
    public void Two_questions_that_both_speak_for_b_tell_nothing_and_nor_do_scores_that_are_all_alike()
    {
        PairedComparison two = new(Pairs(3, 3));
        Assert.Equal(0.5, two.PValue);
        Assert.Equal(ComparisonOutcome.CannotTell, two.Outcome);
        Assert.Null(two.QuestionsNeeded); // not 0: nobody knows how much such differences spread
        Assert.StartsWith("Cannot tell with n = 2: 5.00 to 8.00", two.ToString(), StringComparison.Ordinal);
        PairedComparison same = new(Pairs(0, 0, 0));
        Assert.Equal((1, 0, 0), (same.PValue, same.Lower, same.Upper));
        Assert.Null(same.QuestionsNeeded);
        Assert.StartsWith("Cannot tell with n = 3: A and B score alike on every question", same.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_questions_needed_are_those_of_the_formula()
    {
        PairedComparison comparison = new(Pairs(1, -1, 1, -1, 1, 0));
        double expected = Math.Ceiling(Math.Pow((1.959964 + 0.841621) * comparison.StandardDeviation / (1.0 / 6), 2));
        Assert.Equal(expected, comparison.QuestionsNeeded);
        Assert.StartsWith($"Cannot tell with n = 6; about {expected:0} questions would tell ", comparison.ToString(), StringComparison.Ordinal);

        // Lehr's rule (1992): 8 pairs over the square of the effect, at 80 % power.
        PairedComparison half = new(Pairs(1.5, -0.5, 1.5, -0.5, 1.5, -0.5, 1.5, -0.5));
        Assert.InRange(half.QuestionsNeeded!.Value, 8 / Math.Pow(half.Difference / half.StandardDeviation, 2) * 0.95, 8 / Math.Pow(half.Difference / half.StandardDeviation, 2) * 1.05);
        Assert.Equal((1.959964 + 0.841621) * half.StandardDeviation / Math.Sqrt(8), half.DetectableDifference, 5);
    }

    [Fact]
    public void Right_and_wrong_answers_have_the_interval_of_matched_proportions()
    {
        PairedComparison comparison = new([new("a", 0, 1), new("b", 1, 1), new("c", 0, 0), new("d", 1, 0), new("e", 0, 1)]);
        Assert.True(comparison.IsRightOrWrong);
        Assert.Equal(DifferenceInterval.OfRightOrWrong(2, 1, 5), (comparison.Lower, comparison.Upper));
        Assert.False(new PairedComparison([new("a", 0, 1), new("b", 1, 0.5)]).IsRightOrWrong);
    }

    [Fact]
    public void Questions_without_a_pair_are_named_and_in_no_number()
    {
        PairedComparison comparison = new([.. Pairs(1, 2, 3), new PairedScore("x", null, 4), new PairedScore("y", 4, null)]);
        Assert.Equal(3, comparison.Count);
        Assert.Equal(2, comparison.Difference);
        Assert.Equal(["x", "y"], comparison.Missing);
        Assert.EndsWith("without a pair: x, y.", comparison.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Bad_scores_are_errors_that_name_the_question()
    {
        Assert.Contains("1 have the scores of both", Assert.Throws<ArgumentException>(() => new PairedComparison([new("x", 1, 2), new("y", 4, null)])).Message, StringComparison.Ordinal);
        Assert.Contains("'x' is there twice", Assert.Throws<ArgumentException>(() => new PairedComparison([new("x", 1, 2), new("x", 1, 2)])).Message, StringComparison.Ordinal);
        Assert.Contains("'y' has the scores", Assert.Throws<ArgumentException>(() => new PairedComparison([new("x", 1, 2), new("y", double.NaN, 2)])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new PairedComparison(Pairs(1, 2), resamples: 99));
    }
}
