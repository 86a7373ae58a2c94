using CsCheck;
using LongAlign.Batching;
using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongAlign.Core.Tests.Batching;

public sealed class BalancedBatchSamplerTests
{
    private static readonly AttentionCostModel Cost = AttentionCostModel.Llama7B64k;

    [Fact]
    public void Ranks_run_neighbours_in_cost_at_the_same_time() =>
        (from lengths in Any.Lengths()
         from ranks in Gen.Int[1, 5]
         from accumulationSteps in Gen.Int[1, 3]
         from unevenEnd in Gen.Enum<UnevenEnd>()
         from seed in Gen.ULong
         select (lengths.Lengths, lengths.Capacity, ranks, accumulationSteps, unevenEnd, seed)).Sample(c =>
    {
        PackingPlan plan = PackingAlgorithm.BestFitDecreasing.Pack(c.Lengths, c.Capacity);
        double[] costs = [.. plan.Select(pack => Cost.GetPackedCost(pack, c.Lengths)).Order()];
        double[][] ranks = [.. Enumerable.Range(0, c.ranks).Select(rank => new BalancedBatchSampler(plan, c.Lengths, Cost, c.seed)
        {
            WorldSize = c.ranks,
            Rank = rank,
            AccumulationSteps = c.accumulationSteps,
            UnevenEnd = c.unevenEnd,
        }.GetSteps(0).SelectMany(step => step.MicroBatches).Select(pack => Cost.GetPackedCost(pack, c.Lengths)).ToArray())];

        // As many packs as ranks lie between the cheapest and the costliest of a round, both included; ties may lie beyond.
        for (int round = 0; round < ranks[0].Length; round++)
        {
            double[] own = [.. ranks.Where(rank => round < rank.Length).Select(rank => rank[round])];
            int between = costs.Count(cost => cost > own.Min() && cost < own.Max());
            Assert.True(between <= Math.Max(0, own.Length - 2), $"{between} packs lie between those of round {round}, of {own.Length} ranks.");
        }
    });

    [Fact]
    public void Every_rank_gets_cheap_and_costly_packs_of_its_groups()
    {
        int[] lengths = [.. Enumerable.Range(1, 400)];
        PackingPlan plan = PackingAlgorithm.Sequential.Pack(lengths, 400, OverlongPolicy.Throw);
        int cheapest = 0;
        for (int epoch = 0; epoch < 20; epoch++)
        {
            BatchStep[][] ranks = [.. Enumerable.Range(0, 2).Select(rank => new BalancedBatchSampler(plan, lengths, Cost, 3) { WorldSize = 2, Rank = rank }.GetSteps(epoch).ToArray())];
            cheapest += ranks[0].Zip(ranks[1]).Count(step => step.Second.MicroBatches.Count == 1
                && Cost.GetPackedCost(step.First.MicroBatches[0], lengths) < Cost.GetPackedCost(step.Second.MicroBatches[0], lengths));
        }

        int steps = 20 * (plan.Count / 2);
        Assert.InRange(cheapest, steps * 0.45, steps * 0.55);
    }

    [Theory]
    [Trait("Speed", "Slow")]
    [InlineData(8)]
    [InlineData(64)]
    public void No_rank_waits_for_long_on_a_long_tailed_mix(int ranks)
    {
        SeededRandom random = new(9);
        int[] lengths = [.. Enumerable.Range(0, 100_000).Select(i => i % 10 == 0 ? 8_192 + random.Next(57_345) : 16 + random.Next(2_400))];
        PackingPlan plan = PackingAlgorithm.BestFitDecreasing.Pack(lengths, 65_536);
        double Play(Func<int, BatchSampler> make) => TrainingTimeline.Play([.. Enumerable.Range(0, ranks).Select(make)], pack => Cost.GetPackedCost(pack, lengths)).TimeOverIdeal;
        double balanced = Play(rank => new BalancedBatchSampler(plan, lengths, Cost, 42) { WorldSize = ranks, Rank = rank });
        Assert.InRange(balanced, 1, 1.02);
        double naive = Play(rank => new RandomBatchSampler(lengths, 1, 42) { WorldSize = ranks, Rank = rank });
        Assert.True(naive > 3, $"{naive}");
    }

    [Fact]
    public void Sequences_that_the_plan_leaves_out_are_listed_and_a_plan_without_packs_has_no_steps()
    {
        int[] lengths = [9, 3];
        Assert.Equal([0], new BalancedBatchSampler(PackingAlgorithm.BestFitDecreasing.Pack(lengths, 5, OverlongPolicy.Drop), lengths, Cost, 1).GetLeftOut(0));
        Assert.Empty(new BalancedBatchSampler(PackingAlgorithm.BestFitDecreasing.Pack(lengths, 2, OverlongPolicy.Drop), lengths, Cost, 1).GetSteps(0));
    }
}
