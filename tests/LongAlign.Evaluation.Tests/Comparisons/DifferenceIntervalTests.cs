using LongAlign.Evaluation.Comparisons;

namespace LongAlign.Evaluation.Tests.Comparisons;

public sealed class DifferenceIntervalTests
{
    private const int Comparisons = 1_000;

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>A judge's score: a whole number from 1 to 10.</summary>
    private static double Score(double value) => Math.Clamp(Math.Round(value), 1, 10);

    /// <summary>Two repeats of a judge on both models; questions are hard for both, most scores high, as in LongBench-Chat.</summary>
    private static double Judged(Random random)
    {
        double ease = 8 - (2 * Math.Abs(Normal(random)));
        double Mean(double quality) => (Score(quality + (0.7 * Normal(random))) + Score(quality + (0.7 * Normal(random)))) / 2;
        return Mean(ease + 0.4 + (2 * Normal(random))) - Mean(ease + (2 * Normal(random)));
    }

    private static int Covered(Func<Random, double> draw, int count, double truth)
    {
        Random random = new(5);
        return Enumerable.Range(0, Comparisons).Count(i =>
        {
            (double lower, double upper) = DifferenceInterval.Bootstrap([.. Enumerable.Range(0, count).Select(_ => draw(random))], seed: i, resamples: 600);
            return lower <= truth && truth <= upper;
        });
    }

    [Fact]
    public void Of_95_per_cent_intervals_of_50_normal_differences_93_to_97_hold_the_true_one()
        => Assert.InRange(Covered(random => 0.3 + (2 * Normal(random)), 50, 0.3), 930, 970);

    [Fact]
    public void Of_95_per_cent_intervals_of_50_pairs_of_whole_scores_from_1_to_10_93_to_97_hold_the_true_difference()
    {
        Random random = new(1);
        double truth = Enumerable.Range(0, 400_000).Average(_ => Judged(random));
        Assert.InRange(truth, 0.1, 0.5);
        Assert.InRange(Covered(Judged, 50, truth), 930, 970);
    }

    [Fact]
    public void Of_95_per_cent_intervals_of_20_skewed_differences_93_to_97_hold_the_true_one()
        => Assert.InRange(Covered(random => Math.Round(2 * Normal(random)) + (random.Next(10) == 0 ? 3 : 0), 20, 0.3), 930, 970);

    /// <summary>By hand: the normal distribution at minus Student's 97.5 % quantile (2.776, 2.262, 2.093) times the root of n / (n - 1).</summary>
    [Theory]
    [InlineData(5, 0.000954)]
    [InlineData(10, 0.008551)]
    [InlineData(20, 0.015881)]
    public void Few_differences_have_a_smaller_tail_than_plain_percentiles(int count, double tail) => Assert.Equal(tail, DifferenceInterval.TailOf(count), 5e-7);

    [Theory]
    [InlineData(0.05, 0.02)]
    [InlineData(0.3, 0.15)]
    [InlineData(0.02, 0.02)]
    public void Of_95_per_cent_intervals_of_right_and_wrong_answers_93_and_more_hold_the_true_difference(double better, double worse)
    {
        Random random = new(7);
        int covered = Enumerable.Range(0, 5_000).Count(_ =>
        {
            double[] draws = [.. Enumerable.Range(0, 50).Select(_ => random.NextDouble())];
            (double lower, double upper) = DifferenceInterval.OfRightOrWrong(draws.Count(x => x < better), draws.Count(x => x > 1 - worse), 50);
            return lower <= better - worse && better - worse <= upper;
        });
        Assert.InRange(covered, 4_650, 5_000);
    }

    /// <summary>Agresti (2002, Categorical Data Analysis, Sec. 10.1.1) has 794, 150, 86 and 570 of 1,600 in the cells and -0.06 to -0.02.</summary>
    [Fact]
    public void The_interval_of_matched_proportions_is_the_published_one()
    {
        (double lower, double upper) = DifferenceInterval.OfRightOrWrong(wins: 86, losses: 150, count: 1_600);
        Assert.Equal((-0.06, -0.02), (Math.Round(lower, 2), Math.Round(upper, 2)));

        // Agresti and Min's adjustment by hand: -64/1602 and 1.959964 sqrt(237 - 64^2/1602) / 1602.
        Assert.Equal(-0.058683, lower, 6);
        Assert.Equal(-0.021217, upper, 6);
    }

    [Fact]
    public void No_question_that_differs_leaves_an_interval_with_a_width_that_shrinks_with_the_questions()
    {
        (double lower, double upper) = DifferenceInterval.OfRightOrWrong(0, 0, 50);
        Assert.Equal(-lower, upper);
        Assert.InRange(upper, 0.03, 0.05);
        Assert.True(DifferenceInterval.OfRightOrWrong(0, 0, 500).Upper < upper / 5);
    }
}
