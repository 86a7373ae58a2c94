using LongAlign.Evaluation.Comparisons;
using LongAlign.Evaluation.Needles;

namespace LongAlign.Evaluation.Tests.Comparisons;

public sealed class NeedleComparisonTests
{
    private static NeedleResult Result(int length, double depth, int trial, double? score, long seed = 0)
    {
        NeedlePrompt prompt = new() { Length = length, Depth = depth, Trial = trial, Needle = Needle.Draw(seed, $"{length}/{depth}/{trial}"), Text = "text", TokenCount = length, ActualDepth = depth };
        return new NeedleResult { Prompt = prompt, Reply = score is null ? null : "reply", Score = score, MissingReason = score is null ? "HTTP 500" : null };
    }

    private static NeedleMap Map(params (int Length, double Depth, double?[] Scores)[] cells)
        => new(cells.SelectMany(cell => cell.Scores.Select((score, trial) => Result(cell.Length, cell.Depth, trial, score))));

    [Fact]
    public void Cells_differ_by_their_means_and_a_cell_that_one_lacks_has_no_difference()
    {
        NeedleMap a = Map((1_000, 0, [0, 1]), (1_000, 50, [null, null]), (2_000, 0, [0, 0]));
        NeedleMap b = Map((1_000, 0, [1, 1]), (1_000, 50, [1, 1]), (2_000, 50, [1, 1]), (2_000, 0, [1, null]));
        NeedleComparison comparison = new(a, b);
        Assert.Equal(
            [(1_000, 0, 0.5), (2_000, 0, 1.0), (1_000, 50, null), (2_000, 50, null)],
            comparison.Cells.Select(cell => (cell.Length, cell.Depth, cell.Difference)));
        Assert.Null(comparison.Cells[3].A);
        Assert.Null(comparison.Cells[2].IntervalA);
        Assert.Equal(WilsonInterval.Of(1, 2), comparison.Cells[0].IntervalA);
        Assert.Equal(3, comparison.Trials!.Count);
        Assert.Equal((2, 1, 0), (comparison.Trials.Wins, comparison.Trials.Ties, comparison.Trials.Losses));
        Assert.Equal(["1000/50/0", "1000/50/1", "2000/0/1", "2000/50/0", "2000/50/1"], comparison.Missing.Select(missing => missing.Id).Order(StringComparer.Ordinal));
        Assert.Equal("A: HTTP 500", comparison.Missing.Single(missing => missing.Id == "1000/50/0").Reason);
        Assert.Equal("B: HTTP 500", comparison.Missing.Single(missing => missing.Id == "2000/0/1").Reason);
        Assert.Equal(WilsonInterval.Of(1, 1), comparison.Cells[1].IntervalB); // of the trials with a score
        NeedleComparison apart = new(Map((4_000, 50, [1])), Map((1_000, 0, [1])));
        Assert.Equal([1_000, 4_000], apart.Lengths);
        Assert.Equal([0, 50], apart.Depths);
        Assert.Equal("A: not asked", comparison.Missing.Single(missing => missing.Id == "2000/50/0").Reason);
        Assert.Equal([("1,000", 4), ("2,000", 4)], comparison.ByLength.Select(group => (group.Name, group.Count)));
    }

    [Fact]
    public void Needles_of_another_seed_are_no_pairs()
    {
        NeedleMap a = new([Result(1_000, 0, 0, 1, seed: 1)]);
        NeedleMap b = new([Result(1_000, 0, 0, 1, seed: 2)]);
        Assert.Contains("Trial 1000/0/0 hides", Assert.Throws<ArgumentException>(() => new NeedleComparison(a, b)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_pair_is_too_few_for_a_verdict_but_not_for_a_map()
    {
        NeedleComparison comparison = new(Map((1_000, 0, [0])), Map((1_000, 0, [1])));
        Assert.Null(comparison.Trials);
        Assert.Equal(1, Assert.Single(comparison.Cells).Difference);
    }
}
