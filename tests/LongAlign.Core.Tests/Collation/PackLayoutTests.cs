using LongAlign.Collation;

namespace LongAlign.Core.Tests.Collation;

public sealed class PackLayoutTests
{
    [Fact]
    public void It_counts_as_in_its_drawing()
    {
        PackLayout layout = new([0, 2, 5, 6], tokenCount: 8);
        Assert.Equal(3, layout.SequenceCount);
        Assert.Equal(3, layout.MaxSeqLen);
        Assert.Equal(8, layout.TokenCount);
        Assert.Equal(2, layout.PaddingCount);
        Assert.Equal([2, 3, 1], Enumerable.Range(0, 3).Select(layout.GetLength));
    }

    [Fact]
    public void Lengths_and_prefix_sums_are_the_same_layout()
    {
        PackLayout layout = PackLayout.FromLengths(2, 3, 1);
        Assert.Equal([0, 2, 5, 6], layout.CuSeqLens.ToArray());
        Assert.Equal(0, layout.PaddingCount);
    }

    [Theory]
    [InlineData(new int[0], "start with 0")]
    [InlineData(new[] { 0 }, "start with 0")]
    [InlineData(new[] { 1, 2 }, "start with 0")]
    [InlineData(new[] { 0, 4, 4 }, "number 2 is 4 after 4")]
    [InlineData(new[] { 0, 4, 3 }, "number 2 is 3 after 4")]
    public void Prefix_sums_that_do_not_increase_are_refused(int[] cuSeqLens, string expected)
        => Assert.Contains(expected, Assert.Throws<ArgumentException>(() => new PackLayout(cuSeqLens)).Message, StringComparison.Ordinal);

    [Fact]
    public void Fewer_tokens_than_the_sequences_have_are_refused()
        => Assert.Throws<ArgumentOutOfRangeException>(() => new PackLayout([0, 4], tokenCount: 3));

    [Fact]
    public void Lengths_below_1_and_sums_beyond_an_int_are_refused()
    {
        Assert.Throws<ArgumentException>(() => PackLayout.FromLengths(3, 0));
        Assert.Throws<ArgumentException>(() => PackLayout.FromLengths());
        Assert.Throws<OverflowException>(() => PackLayout.FromLengths(int.MaxValue, 1));
    }
}
