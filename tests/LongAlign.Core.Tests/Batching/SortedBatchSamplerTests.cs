using CsCheck;
using LongAlign.Batching;
using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongAlign.Core.Tests.Batching;

public sealed class SortedBatchSamplerTests
{
    [Fact]
    public void The_ranks_of_a_step_hold_neighbours_in_length() =>
        (from lengths in Gen.Int[1, 1_000].Array[1, 100]
         from batchSize in Gen.Int[1, 4]
         from worldSize in Gen.Int[1, 4]
         from seed in Gen.ULong
         select (lengths, batchSize, worldSize, seed)).Sample(c =>
    {
        BatchStep[][] ranks = [.. Enumerable.Range(0, c.worldSize).Select(rank =>
            new SortedBatchSampler(c.lengths, c.batchSize, c.seed) { WorldSize = c.worldSize, Rank = rank }.GetSteps(0).ToArray())];
        List<(int Shortest, int Longest)> groups = [];
        for (int step = 0; step < ranks[0].Length; step++)
        {
            int[] group = [.. ranks.SelectMany(own => own[step].MicroBatches).SelectMany(b => b.Indices.ToArray()).Select(i => c.lengths[i])];
            groups.Add((group.Min(), group.Max()));
        }

        // Laid side by side by length, the groups of an epoch do not overlap.
        groups.Sort();
        Assert.All(groups.Zip(groups.Skip(1)), pair => Assert.True(pair.First.Longest <= pair.Second.Shortest));
    });

    [Fact]
    public void Padding_is_never_more_than_with_random_batches_of_the_whole_data()
    {
        SeededRandom random = new(5);
        int[] lengths = [.. Enumerable.Range(0, 1_000).Select(_ => 1 + random.Next(4_000))];
        long Columns(BatchSampler sampler) => sampler.GetSteps(0).SelectMany(s => s.MicroBatches).Sum(b => (long)b.Count * b.Indices.ToArray().Max(i => lengths[i]));
        long sorted = Columns(new SortedBatchSampler(lengths, 8, 1));
        long naive = Columns(new RandomBatchSampler(lengths, 8, 1));
        Assert.True(sorted < 1.01 * lengths.Sum(), $"{sorted} of {lengths.Sum()}");
        Assert.True(naive > 1.5 * lengths.Sum(), $"{naive} of {lengths.Sum()}");
    }

    [Fact]
    public void Equal_lengths_keep_the_order_of_the_data()
        => Assert.Equal([1, 3, 0, 2, 4], EpochSequences.FromLengths([5, 2, 5, 2, 5], 5, OverlongPolicy.Throw).SortByLength());

    [Fact]
    public void The_smaller_group_comes_last_and_is_not_always_the_longest_sequences()
    {
        int[] lengths = [.. Enumerable.Range(1, 10)];
        HashSet<int> smaller = [];
        for (int epoch = 0; epoch < 50; epoch++)
        {
            BatchStep[] steps = [.. new SortedBatchSampler(lengths, 4, 1).GetSteps(epoch)];
            Assert.Equal([4, 4, 2], steps.Select(step => Assert.Single(step.MicroBatches).Count));
            smaller.Add(steps[^1].MicroBatches[0].Indices.Span[0]);
        }

        Assert.Equal([0, 4, 8], smaller.Order());
    }
}
