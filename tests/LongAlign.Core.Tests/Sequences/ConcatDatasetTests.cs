using CsCheck;
using LongAlign.Sequences;

namespace LongAlign.Core.Tests.Sequences;

public sealed class ConcatDatasetTests
{
    [Fact]
    public void The_sequences_of_all_datasets_come_in_order() => Any.Dataset(maxSequences: 8).Array[1, 5].Sample(datasets =>
    {
        InMemoryDataset expected = new(datasets.SelectMany(dataset => Enumerable.Range(0, dataset.Count).Select(i => dataset[i])));
        ConcatDataset joined = new(datasets);
        DatasetContents.AssertSame(expected, joined);
    });

    [Fact]
    public void A_subset_has_the_sequences_that_were_asked_for_in_their_order() => (
        from dataset in Any.Dataset()
        from indices in Gen.Int[0, dataset.Count - 1].Array[1, 30]
        select (dataset, indices)).Sample(c =>
            DatasetContents.AssertSame(new InMemoryDataset(c.indices.Select(i => c.dataset[i])), c.dataset.Subset(c.indices)));

    [Fact]
    public void Sources_come_from_the_dataset_that_has_the_sequence()
    {
        InMemoryDataset nameless = new([new TokenSequence([1, 2], [1, 2])]);
        ConcatDataset joined = new(new Named("a", 2), nameless, new Empty(), new Named("b", 1));
        Assert.Equal(["a 0", "a 1", null, "b 0"], Enumerable.Range(0, 4).Select(joined.GetSource));
        ISequenceDataset subset = joined.Subset(3, 1);
        Assert.Equal(["b 0", "a 1"], Enumerable.Range(0, 2).Select(subset.GetSource));
    }

    [Fact]
    public void What_is_no_dataset_or_no_index_is_refused()
    {
        InMemoryDataset dataset = new([new TokenSequence([1, 2], [1, 2])]);
        Assert.Contains("0 datasets have 0 sequences", Assert.Throws<ArgumentException>(() => new ConcatDataset()).Message, StringComparison.Ordinal);
        Assert.Contains("1 datasets have 0 sequences", Assert.Throws<ArgumentException>(() => new ConcatDataset(new Empty())).Message, StringComparison.Ordinal);
        Assert.Contains("Dataset 1 is null", Assert.Throws<ArgumentException>(() => new ConcatDataset(dataset, null!)).Message, StringComparison.Ordinal);
        Assert.Contains("no indices", Assert.Throws<ArgumentException>(() => dataset.Subset()).Message, StringComparison.Ordinal);
        Assert.Contains("Index 1 is sequence 5; the dataset has 1", Assert.Throws<ArgumentOutOfRangeException>(() => dataset.Subset(0, 5)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => dataset.Subset(-1));
        foreach (ISequenceDataset view in new[] { new ConcatDataset(dataset, dataset), dataset.Subset(0, 0) })
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => view.CountTargets(2, 0, 1));
            Assert.Throws<ArgumentOutOfRangeException>(() => view.CopyTo(-1, 0, new long[1], new long[1]));
            Assert.Throws<ArgumentOutOfRangeException>(() => view.GetSource(2));
        }
    }

    private sealed class Named(string name, int count) : ISequenceDataset
    {
        private readonly int[] _lengths = [.. Enumerable.Repeat(1, count)];

        public int Count => count;

        public ReadOnlySpan<int> Lengths => _lengths;

        public ReadOnlySpan<int> TargetCounts => new int[count];

        public int CountTargets(int index, int start, int length) => 0;

        public void CopyTo(int index, int start, Span<long> inputIds, Span<long> labels) => inputIds.Clear();

        public string? GetSource(int index) => $"{name} {index}";
    }

    private sealed class Empty : ISequenceDataset
    {
        public int Count => 0;

        public ReadOnlySpan<int> Lengths => [];

        public ReadOnlySpan<int> TargetCounts => [];

        public int CountTargets(int index, int start, int length) => throw new ArgumentOutOfRangeException(nameof(index));

        public void CopyTo(int index, int start, Span<long> inputIds, Span<long> labels) => throw new ArgumentOutOfRangeException(nameof(index));
    }
}
