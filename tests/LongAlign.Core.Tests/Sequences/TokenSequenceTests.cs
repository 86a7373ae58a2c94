using LongAlign.Sequences;

namespace LongAlign.Core.Tests.Sequences;

public sealed class TokenSequenceTests
{
    [Fact]
    public void A_first_tokens_label_is_no_target()
    {
        TokenSequence sequence = new([5, 6, 7, 8], [5, -100, 7, 8]);
        Assert.Equal(4, sequence.Length);
        Assert.Equal(2, sequence.TargetCount);
    }

    [Fact]
    public void Ids_and_labels_are_copied()
    {
        int[] ids = [1, 2];
        TokenSequence sequence = new(ids, ids);
        ids[1] = 9;
        Assert.Equal([1, 2], sequence.InputIds.ToArray());
        Assert.Equal([1, 2], sequence.Labels.ToArray());
    }

    [Fact]
    public void No_token_is_refused()
        => Assert.Contains("no tokens", Assert.Throws<ArgumentException>(() => new TokenSequence([], [])).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(new[] { 1, 2 }, new[] { 1 }, "2 input ids and 1 labels")]
    [InlineData(new[] { 1, 2, -3 }, new[] { 1, 2, 3 }, "Input id -3 at position 2")]
    [InlineData(new[] { 1, 2 }, new[] { 1, -99 }, "Label -99 at position 1")]
    public void A_wrong_id_or_label_is_named(int[] ids, int[] labels, string expected)
        => Assert.Contains(expected, Assert.Throws<ArgumentException>(() => new TokenSequence(ids, labels)).Message, StringComparison.Ordinal);
}
