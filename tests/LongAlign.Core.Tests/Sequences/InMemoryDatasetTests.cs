using CsCheck;
using LongAlign.Sequences;

namespace LongAlign.Core.Tests.Sequences;

public sealed class InMemoryDatasetTests
{
    private static readonly InMemoryDataset Two = new([new TokenSequence([1, 2, 3], [-100, 2, 3]), new TokenSequence([4], [4])]);

    [Fact]
    public void Lengths_and_targets_are_known_without_reading_tokens()
    {
        Assert.Equal(2, Two.Count);
        Assert.Equal([3, 1], Two.Lengths.ToArray());
        Assert.Equal([2, 0], Two.TargetCounts.ToArray());
    }

    [Fact]
    public void A_slice_is_copied_with_its_labels_and_counted_as_a_sequence_of_its_own() => Any.Dataset(maxSequences: 5).SelectMany(
        dataset => from index in Gen.Int[0, dataset.Count - 1]
                   from start in Gen.Int[0, dataset.Lengths[index] - 1]
                   from length in Gen.Int[1, dataset.Lengths[index] - start]
                   select (dataset, index, start, length)).Sample(c =>
    {
        long[] ids = new long[c.length];
        long[] labels = new long[c.length];
        c.dataset.CopyTo(c.index, c.start, ids, labels);
        TokenSequence sequence = c.dataset[c.index];
        Assert.Equal(sequence.InputIds.Slice(c.start, c.length).ToArray().Select(id => (long)id), ids);
        Assert.Equal(sequence.Labels.Slice(c.start, c.length).ToArray().Select(label => (long)label), labels);
        Assert.Equal(labels.Skip(1).Count(label => label != TokenSequence.IgnoreIndex), c.dataset.CountTargets(c.index, c.start, c.length));
    });

    [Fact]
    public void An_empty_dataset_is_refused()
        => Assert.Contains("empty", Assert.Throws<ArgumentException>(() => new InMemoryDataset([])).Message, StringComparison.Ordinal);

    [Fact]
    public void A_null_sequence_is_named()
        => Assert.Contains("Sequence 1", Assert.Throws<ArgumentException>(() => new InMemoryDataset([Two[0], null!])).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(-1, 0, 1)]
    [InlineData(2, 0, 1)]
    [InlineData(0, 1, 3)]
    [InlineData(0, -1, 2)]
    [InlineData(0, 3, 1)]
    [InlineData(0, int.MaxValue, 2)]
    public void A_slice_that_is_not_there_is_refused(int index, int start, int length)
    {
        string[] messages =
        [
            Assert.Throws<ArgumentOutOfRangeException>(() => Two.CountTargets(index, start, length)).Message,
            Assert.Throws<ArgumentOutOfRangeException>(() => Two.CopyTo(index, start, new long[length], new long[length])).Message,
        ];
        Assert.All(messages, message => Assert.Contains(index == 0 ? "of sequence 0 were asked for; it has 3" : "'index'", message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_limit_cuts_the_side_that_was_chosen()
    {
        Assert.Equal((0, 5), new LengthLimit(5).Slice(9));
        Assert.Equal((4, 5), new LengthLimit(5, CutLeft: true).Slice(9));
        Assert.Equal((0, 3), new LengthLimit(5, CutLeft: true).Slice(3));
        Assert.Equal((0, 9), LengthLimit.None.Slice(9));
    }
}
