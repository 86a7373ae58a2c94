using CsCheck;
using LongAlign.Batching;
using LongAlign.Core.Tests.Training;
using LongAlign.Packing;
using LongAlign.Sequences;
using LongAlign.Training;

namespace LongAlign.Core.Tests.Packing;

public sealed class PackingPlanTests
{
    private static readonly int[] Lengths = [4, 11, 10, 3];

    [Fact]
    public void A_plan_made_of_an_algorithms_packs_is_the_algorithms_plan() => (
        from c in Any.Lengths()
        from cap in Gen.OneOf(Gen.Const(int.MaxValue), Gen.Int[1, 5])
        from overlong in Gen.OneOf(Gen.Const(OverlongPolicy.Drop), Gen.Const(OverlongPolicy.TruncateLeft), Gen.Const(OverlongPolicy.TruncateRight))
        from algorithm in Gen.OneOf(Gen.Const(PackingAlgorithm.Sequential), Gen.Const(PackingAlgorithm.BestFitDecreasing), Gen.Const(PackingAlgorithm.ShortestPackFirst))
        select (c.Lengths, Capacity: Math.Max(1, c.Capacity / 2), cap, overlong, algorithm)).Sample(c =>
        {
            PackingPlan expected = c.algorithm.Pack(c.Lengths, c.Capacity, c.overlong, c.cap);
            PackingPlan plan = PackingPlan.FromPacks(c.Lengths, expected.Select(pack => pack.Indices.ToArray()), c.Capacity, c.overlong, c.cap);
            Assert.Equal(expected.Select(pack => pack.Indices.ToArray()), plan.Select(pack => pack.Indices.ToArray()));
            Assert.Equal(expected.Select(pack => pack.Limit), plan.Select(pack => pack.Limit));
            Assert.Equal(expected.LeftOut, plan.LeftOut);
            Assert.Equal(expected.Truncated, plan.Truncated);
            Assert.Equal(expected.ToString(), plan.ToString());
            Assert.Equal(
                (expected.Capacity, expected.MaxSequencesPerPack, expected.Overlong, expected.TokenCount, expected.LowerBound),
                (plan.Capacity, plan.MaxSequencesPerPack, plan.Overlong, plan.TokenCount, plan.LowerBound));
            Assert.Equal(ContentHash.Of(expected), ContentHash.Of(plan));
        });

    [Fact]
    public void Packs_that_are_no_plan_are_refused_by_pack_and_sequence()
    {
        AssertRefused("Pack 1 has sequence 4; expected a sequence from 0 to 3", [[0, 3], [4]]);
        AssertRefused("Pack 0 has sequence -1; expected a sequence from 0 to 3", [[-1]]);
        AssertRefused("Pack 1 has sequence 3, which pack 0 has already", [[0, 3], [3, 2]]);
        AssertRefused("Pack 0 has sequence 3, which pack 0 has already", [[3, 3]]);
        AssertRefused("Pack 1 has 4 tokens and sequence 2 10 more; expected at most 12", [[1], [0, 2]]);
        AssertRefused("Pack 2 is empty", [[0, 3], [1], []]);
        AssertRefused("Pack 1 is null", [[0, 3], null!]);
        AssertRefused("Sequence 1 is in no pack (2 such in all)", [[0, 3]]);
        AssertRefused("Sequence 0 is in no pack (4 such in all)", []);
        AssertRefused("Pack 0 has 1 sequences before sequence 3; expected no more", [[0, 3], [1], [2]], maxSequences: 1);
        AssertRefused("Sequence 1 has 11 tokens, and the most that a sequence may have is 10", [[0, 3], [1], [2]], capacity: 10);
        AssertRefused("Pack 1 has sequence 1, which is longer than 10 tokens and left out (Drop)", [[0, 3], [1], [2]], capacity: 10, overlong: OverlongPolicy.Drop);
        AssertRefused("Sequence 2 is in no pack (1 such in all)", [[0, 3]], capacity: 10, overlong: OverlongPolicy.Drop);
        AssertRefused("Pack 1 has 10 tokens and sequence 2 10 more; expected at most 10", [[0, 3], [1, 2]], capacity: 10, overlong: OverlongPolicy.TruncateLeft);
        Assert.Throws<ArgumentOutOfRangeException>(() => PackingPlan.FromPacks(Lengths, [], capacity: 0));
    }

    [Fact]
    public void Overlong_sequences_are_cut_or_left_out_as_the_policy_says()
    {
        PackingPlan dropped = PackingPlan.FromPacks(Lengths, [[3, 0], [2]], capacity: 10, OverlongPolicy.Drop);
        Assert.Equal([1], dropped.LeftOut);
        Assert.Equal(17, dropped.TokenCount);
        PackingPlan cut = PackingPlan.FromPacks(Lengths, [[3, 0], [2], [1]], capacity: 10, OverlongPolicy.TruncateLeft);
        Assert.Equal([1], cut.Truncated);
        Assert.Equal(27, cut.TokenCount);
        Assert.Equal(new LengthLimit(10, CutLeft: true), cut[2].Limit);
    }

    [Fact]
    public void An_algorithm_of_ones_own_packs_a_dataset_and_a_run()
    {
        InMemoryDataset dataset = LongAlignTrainerTests.Counting(12);
        PackingPlan plan = new Pairs().Pack(dataset, capacity: 40);
        Assert.Equal([0, 1], plan[0].Indices.ToArray());
        Assert.Contains("Sequence 2 has 17 tokens", Assert.Throws<ArgumentException>(() => new Pairs().Pack(dataset, capacity: 16)).Message, StringComparison.Ordinal);

        using ToyModel model = new();
        LongAlignTrainer trainer = LongAlignTrainerTests.Builder(model, dataset)
            .UsePacking(packing => (packing.PacksFirst, packing.Capacity) = (new Pairs(), 40)).Build();
        Assert.Equal(plan.Count, trainer.Sampler.StepsPerEpoch);
        Assert.All(trainer.Sampler.GetSteps(0), step => Assert.Equal(2, Assert.Single(step.MicroBatches).Count));
    }

    [Fact]
    public void A_plan_that_is_not_what_was_asked_for_is_refused()
    {
        InMemoryDataset dataset = LongAlignTrainerTests.Counting(12);
        using ToyModel model = new();
        Assert.Contains("The plan has packs of 48 tokens and was made with Throw; expected 40 tokens and Throw", Message(new Pairs { OwnCapacity = 48 }), StringComparison.Ordinal);
        Assert.Contains("The plan is for 2 sequences of 8 tokens; expected 12 of", Message(new Pairs { OwnLengths = [4, 4] }), StringComparison.Ordinal);

        string Message(IPackingAlgorithm algorithm) => Assert.Throws<InvalidOperationException>(() => LongAlignTrainerTests.Builder(model, dataset)
            .UsePacking(packing => (packing.PacksFirst, packing.Capacity) = (algorithm, 40)).Build()).Message;
    }

    private static void AssertRefused(
        string message, int[][] packs, int capacity = 12, OverlongPolicy overlong = OverlongPolicy.Throw, int maxSequences = int.MaxValue)
        => Assert.Contains(
            message, Assert.Throws<ArgumentException>(() => PackingPlan.FromPacks(Lengths, packs, capacity, overlong, maxSequences)).Message, StringComparison.Ordinal);

    /// <summary>Two neighbours to a pack, by what is public alone.</summary>
    private sealed class Pairs : IPackingAlgorithm
    {
        public string Name => "pairs";

        public int? OwnCapacity { get; init; }

        public int[]? OwnLengths { get; init; }

        public PackingPlan Pack(ReadOnlySpan<int> lengths, int capacity, OverlongPolicy overlong = OverlongPolicy.Throw, int maxSequencesPerPack = int.MaxValue)
        {
            lengths = OwnLengths ?? lengths;
            return PackingPlan.FromPacks(lengths, Enumerable.Range(0, lengths.Length).Chunk(2), OwnCapacity ?? capacity, overlong, maxSequencesPerPack);
        }
    }
}
