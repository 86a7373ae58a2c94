using LongAlign.Evaluation.Comparisons;

namespace LongAlign.Evaluation.Tests.Comparisons;

public sealed class WilsonIntervalTests
{
    /// <summary>Newcombe 1998, Table I, method 3.</summary>
    [Theory]
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    public void Intervals_are_the_published_ones(int successes, int trials, double lower, double upper)
    {
        WilsonInterval interval = WilsonInterval.Of(successes, trials);
        Assert.Equal(lower, interval.Lower, 4);
        Assert.Equal(upper, interval.Upper, 4);
    }

    [Fact]
    public void More_successes_than_trials_and_no_trials_are_errors()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => WilsonInterval.Of(3, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => WilsonInterval.Of(0, 0));
    }
}
