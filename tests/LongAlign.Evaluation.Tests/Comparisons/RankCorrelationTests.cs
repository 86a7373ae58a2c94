using LongAlign.Evaluation.Comparisons;

namespace LongAlign.Evaluation.Tests.Comparisons;

public sealed class RankCorrelationTests
{
    /// <summary>The example of SciPy's documentation of <c>spearmanr</c>, with a tie.</summary>
    [Fact]
    public void Spearman_is_that_of_SciPy()
    {
        RankCorrelation ranks = RankCorrelation.Of([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]);
        Assert.Equal(0.82078268166812329, ranks.Spearman!.Value, 12);
        Assert.Equal(0.088587005313543812, ranks.PValue!.Value, 9);
    }

    /// <summary>Intelligence quotients and hours of television: the worked example of Wikipedia's article on Spearman's coefficient, -29/165.</summary>
    [Fact]
    public void Spearman_is_that_of_the_worked_example()
        => Assert.Equal(-29 / 165.0, RankCorrelation.Of([106, 100, 86, 101, 99, 103, 97, 113, 112, 110], [7, 27, 2, 50, 28, 29, 20, 12, 6, 17]).Spearman!.Value, 12);

    /// <summary>The example of SciPy's documentation of <c>kendalltau</c>, with ties on both sides.</summary>
    [Fact]
    public void Kendall_s_tau_b_is_that_of_SciPy()
        => Assert.Equal(-0.47140452079103173, RankCorrelation.Of([12, 2, 1, 12, 2], [1, 4, 7, 1, 0]).KendallTauB!.Value, 12);

    [Fact]
    public void Order_alone_counts_and_what_is_constant_has_no_correlation()
    {
        RankCorrelation same = RankCorrelation.Of([1, 2, 3, 4], [1, 10, 100, 1_000]);
        Assert.Equal(1, same.Spearman!.Value, 12);
        Assert.Equal(1, same.KendallTauB!.Value, 12);
        Assert.Equal(new RankCorrelation(3, null, null), RankCorrelation.Of([1, 2, 3], [5, 5, 5]));
        Assert.Equal(new RankCorrelation(3, null, null), RankCorrelation.Of([5, 5, 5], [1, 2, 3]));
        Assert.Null(RankCorrelation.Of([], []).PValue);
        Assert.Throws<ArgumentException>(() => RankCorrelation.Of([1, 2], [1]));
    }
}
