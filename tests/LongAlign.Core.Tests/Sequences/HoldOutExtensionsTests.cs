using CsCheck;
using LongAlign.Sequences;

namespace LongAlign.Core.Tests.Sequences;

public sealed class HoldOutExtensionsTests
{
    private static readonly Gen<(InMemoryDataset Dataset, int Count, ulong Seed)> Cases =
        from dataset in Any.Dataset(maxSequences: 30).Where(dataset => dataset.Count > 1)
        from count in Gen.Int[1, dataset.Count - 1]
        from seed in Gen.ULong
        select (dataset, count, seed);

    [Fact]
    public void Every_sequence_is_in_exactly_one_part_and_keeps_its_place() => Cases.Sample((dataset, count, seed) =>
    {
        // A sequence is told from others by its object: the parts are compared by the tokens that they copy.
        HeldOutSplit split = dataset.HoldOut(count, seed);
        Assert.Equal(count, split.HeldOut.Count);
        Assert.Equal(dataset.Count - count, split.Training.Count);
        string[] all = Contents(dataset);
        string[] training = Contents(split.Training);
        string[] heldOut = Contents(split.HeldOut);
        Assert.Equal(all.Order(StringComparer.Ordinal), training.Concat(heldOut).Order(StringComparer.Ordinal));
        Assert.True(IsSubsequence(training, all) && IsSubsequence(heldOut, all));
    });

    [Fact]
    public void The_same_seed_gives_the_same_split() => Cases.Sample((dataset, count, seed) =>
    {
        Assert.Equal(Contents(dataset.HoldOut(count, seed).HeldOut), Contents(dataset.HoldOut(count, seed).HeldOut));
        Assert.Equal(Contents(dataset.HoldOut(count, seed).Training), Contents(dataset.HoldOut(count, seed).Training));
    });

    [Fact]
    public void The_split_of_a_seed_never_changes()
    {
        // Sequence i has i + 1 tokens. These numbers hold on every platform and in every version.
        InMemoryDataset dataset = Numbered(20);
        Assert.Equal([2, 8, 10, 16, 17], dataset.HoldOut(5, seed: 42).HeldOut.Lengths.ToArray());
        Assert.NotEqual(dataset.HoldOut(5, seed: 42).HeldOut.Lengths.ToArray(), dataset.HoldOut(5, seed: 43).HeldOut.Lengths.ToArray());
    }

    [Theory]
    [InlineData(20, 0.25, 5)]
    [InlineData(10, 0.25, 3)]
    [InlineData(10, 0.001, 1)]
    [InlineData(10, 0.999, 9)]
    public void A_share_is_rounded_and_leaves_both_parts_a_sequence(int sequences, double share, int heldOut)
    {
        HeldOutSplit split = Numbered(sequences).HoldOut(share, seed: 1);
        Assert.Equal(heldOut, split.HeldOut.Count);
        Assert.Equal(split.HeldOut.Lengths.ToArray(), Numbered(sequences).HoldOut(heldOut, seed: 1).HeldOut.Lengths.ToArray());
    }

    [Fact]
    public void Counts_and_shares_out_of_range_are_refused()
    {
        InMemoryDataset dataset = Numbered(4);
        Assert.All([0, 4, -1], count => Assert.Contains($"{count} of 4 sequences", Assert.Throws<ArgumentOutOfRangeException>(() => dataset.HoldOut(count, 1)).Message, StringComparison.Ordinal));
        Assert.All([0, 1, -0.5, double.NaN], share => Assert.Throws<ArgumentOutOfRangeException>(() => dataset.HoldOut(share, 1)));
        Assert.Contains("1 sequence", Assert.Throws<ArgumentException>(() => Numbered(1).HoldOut(0.5, 1)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => dataset.HoldOut(1, 1).HeldOut.CountTargets(1, 0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => dataset.HoldOut(1, 1).HeldOut.CopyTo(-1, 0, new long[1], new long[1]));
    }

    private static InMemoryDataset Numbered(int count) => new(Enumerable.Range(1, count).Select(length => new TokenSequence(new int[length], new int[length])));

    private static string[] Contents(ISequenceDataset dataset)
    {
        string[] contents = new string[dataset.Count];
        for (int i = 0; i < contents.Length; i++)
        {
            int length = dataset.Lengths[i];
            long[] ids = new long[length];
            long[] labels = new long[length];
            dataset.CopyTo(i, 0, ids, labels);
            Assert.Equal(dataset.TargetCounts[i], dataset.CountTargets(i, 0, length));
            contents[i] = $"{string.Join(',', ids)}|{string.Join(',', labels)}";
        }

        return contents;
    }

    private static bool IsSubsequence(string[] part, string[] all)
    {
        int found = 0;
        foreach (string content in all)
        {
            found += found < part.Length && part[found] == content ? 1 : 0;
        }

        return found == part.Length;
    }
}
