using System.Numerics;
using CsCheck;
using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongAlign.Core.Tests.Packing;

public sealed class PackingAlgorithmTests
{
    public static TheoryData<string> All => ["sequential", "first fit decreasing", "best fit decreasing", "shortest pack first"];

    /// <summary>Lengths, capacity and cap on sequences; lengths of every shape that may trip an algorithm.</summary>
    private static Gen<(int[] Lengths, int Capacity, int MaxSequences)> Inputs =>
        from longTailed in Any.Lengths()
        from shape in Gen.Int[0, 9]
        from cap in Gen.OneOf(Gen.Const(int.MaxValue), Gen.Int[1, 5])
        select (Array.ConvertAll(longTailed.Lengths, length => Shaped(length, shape, longTailed.Capacity)), longTailed.Capacity, cap);

    [Theory]
    [MemberData(nameof(All))]
    public void Every_sequence_is_in_one_pack_and_no_pack_is_over_capacity_or_cap(string name) => Inputs.Sample(c =>
    {
        PackingPlan plan = Algorithm(name).Pack(c.Lengths, c.Capacity, maxSequencesPerPack: c.MaxSequences);
        int[] seen = [.. plan.SelectMany(pack => pack.Indices.ToArray()).Order()];
        Assert.Equal(Enumerable.Range(0, c.Lengths.Length), seen);
        Assert.All(plan, pack => Assert.InRange(Tokens(pack, c.Lengths), 1, c.Capacity));
        Assert.All(plan, pack => Assert.InRange(pack.Count, 1, c.MaxSequences));
        Assert.Equal(c.Lengths.Sum(), plan.TokenCount);
        Assert.Equal(c.Lengths.Length, plan.SequenceCount);
        Assert.InRange(plan.Count, plan.LowerBound, c.Lengths.Length);
    });

    [Theory]
    [MemberData(nameof(All))]
    public void The_plan_is_the_plain_algorithms(string name) => Inputs.Sample(c =>
    {
        List<List<int>> expected = PlainPacking.Pack(name, c.Lengths, c.Capacity, c.MaxSequences);
        PackingPlan plan = Algorithm(name).Pack(c.Lengths, c.Capacity, maxSequencesPerPack: c.MaxSequences);
        if (name is "sequential" or "first fit decreasing")
        {
            Assert.Equal(expected.Select(pack => pack.ToArray()), plan.Select(pack => pack.Indices.ToArray()));
        }
        else if (c.MaxSequences == int.MaxValue)
        {
            // Packs with the same room may be taken in any order: what they hold in tokens is the same.
            Assert.Equal(expected.Select(pack => pack.Sum(i => c.Lengths[i])).Order(), plan.Select(pack => Tokens(pack, c.Lengths)).Order());
        }
    });

    [Theory]
    [InlineData("first fit decreasing")]
    [InlineData("best fit decreasing")]
    public void Packing_longest_first_is_within_eleven_ninths_of_any_other_plan(string name) => Any.Lengths().Sample(c =>
    {
        // Both need at most 11/9 of the fewest packs + 6/9 (Johnson 1973, Dosa 2007), and the fewest are no more than the sequential ones.
        int sequential = PackingAlgorithm.Sequential.Pack(c.Lengths, c.Capacity).Count;
        Assert.True(9 * Algorithm(name).Pack(c.Lengths, c.Capacity).Count <= (11 * sequential) + 6);
    });

    [Fact]
    public void On_long_tailed_lengths_best_fit_wastes_at_most_one_pack()
    {
        int[] lengths = LongTailed(20_000, seed: 1);
        PackingPlan plan = PackingAlgorithm.BestFitDecreasing.Pack(lengths, 65_536);
        Assert.InRange(plan.Count, plan.LowerBound, plan.LowerBound + 1);
        Assert.True(plan.Efficiency > 0.99, plan.ToString());
    }

    [Theory]
    [MemberData(nameof(All))]
    public void The_plan_is_the_same_on_every_thread_and_platform(string name)
    {
        int[] lengths = LongTailed(5_000, seed: 2);
        string[] hashes = new string[8];
        Parallel.For(0, hashes.Length, i => hashes[i] = Fingerprint.Of(Algorithm(name).Pack(lengths, 65_536)));
        string pinned = name switch
        {
            "sequential" => "F075DCE219A339B9",
            "first fit decreasing" => "5ED44665750557C6",
            "best fit decreasing" => "76FDF53237009434",
            _ => "050A761118A33E22",
        };
        Assert.All(hashes, hash => Assert.Equal(pinned, hash));
    }

    [Fact]
    public void With_a_cap_the_bound_counts_sequences_too()
    {
        PackingPlan plan = PackingAlgorithm.BestFitDecreasing.Pack([1, 1, 1, 1, 1, 1, 1], 100, maxSequencesPerPack: 3);
        Assert.Equal(3, plan.Count);
        Assert.Equal(3, plan.LowerBound);
        Assert.Equal(3, plan.MaxSequencesPerPack);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Overlong_sequences_meet_the_policy_that_was_chosen(string name)
    {
        IPackingAlgorithm algorithm = Algorithm(name);
        int[] lengths = [4, 11, 10, 25, 3];
        ArgumentException error = Assert.Throws<ArgumentException>(() => algorithm.Pack(lengths, 10));
        Assert.Contains("Sequence 1 has 11 tokens, and the most that a sequence may have is 10 (2 such in all, the longest of 25): raise that to 25", error.Message, StringComparison.Ordinal);

        PackingPlan dropped = algorithm.Pack(lengths, 10, OverlongPolicy.Drop);
        Assert.Equal([1, 3], dropped.LeftOut);
        Assert.Empty(dropped.Truncated);
        Assert.Equal(OverlongPolicy.Drop, dropped.Overlong);
        Assert.Equal([0, 2, 4], dropped.SelectMany(pack => pack.Indices.ToArray()).Order());
        Assert.Equal(17, dropped.TokenCount);
        Assert.Contains("2 left out", dropped.ToString(), StringComparison.Ordinal);

        foreach (OverlongPolicy policy in new[] { OverlongPolicy.TruncateRight, OverlongPolicy.TruncateLeft })
        {
            PackingPlan truncated = algorithm.Pack(lengths, 10, policy);
            Assert.Equal([1, 3], truncated.Truncated);
            Assert.Empty(truncated.LeftOut);
            Assert.Equal(policy, truncated.Overlong);
            Assert.Equal(5, truncated.SequenceCount);
            Assert.Equal(37, truncated.TokenCount);
            Assert.All(truncated, pack => Assert.Equal(new LengthLimit(10, policy == OverlongPolicy.TruncateLeft), pack.Limit));
            Assert.Contains("2 truncated", truncated.ToString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void If_every_sequence_is_dropped_the_plan_is_empty_and_says_so(string name)
    {
        PackingPlan plan = Algorithm(name).Pack([5, 6], 4, OverlongPolicy.Drop);
        Assert.Empty(plan);
        Assert.Equal([0, 1], plan.LeftOut);
        Assert.Equal(1, plan.Efficiency);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Bad_input_is_named(string name)
    {
        IPackingAlgorithm algorithm = Algorithm(name);
        Assert.Contains("at least one sequence", Assert.Throws<ArgumentException>(() => algorithm.Pack([], 8)).Message, StringComparison.Ordinal);
        Assert.Contains("Sequence 1 has length 0", Assert.Throws<ArgumentException>(() => algorithm.Pack([3, 0], 8)).Message, StringComparison.Ordinal);
        Assert.Contains("Sequence 0 has length -7", Assert.Throws<ArgumentException>(() => algorithm.Pack([-7], 8)).Message, StringComparison.Ordinal);
        Assert.Equal("capacity", Assert.Throws<ArgumentOutOfRangeException>(() => algorithm.Pack([3], 0)).ParamName);
        Assert.Equal("capacity", Assert.Throws<ArgumentOutOfRangeException>(() => algorithm.Pack([3], PackingAlgorithm.MaxCapacity + 1)).ParamName);
        Assert.Equal("maxSequencesPerPack", Assert.Throws<ArgumentOutOfRangeException>(() => algorithm.Pack([3], 8, maxSequencesPerPack: 0)).ParamName);
        Assert.Equal("overlong", Assert.Throws<ArgumentOutOfRangeException>(() => algorithm.Pack([3], 8, (OverlongPolicy)9)).ParamName);
    }

    [Fact]
    public void A_plan_reports_how_full_its_packs_are()
    {
        PackingPlan plan = PackingAlgorithm.Sequential.Pack([6, 4, 5, 5, 3], 10);
        Assert.Equal(3, plan.Count);
        Assert.Equal(23, plan.TokenCount);
        Assert.Equal(7, plan.PaddingCount);
        Assert.Equal(23 / 30.0, plan.Efficiency);
        Assert.Equal(3, plan.LowerBound);
        Assert.Equal("5 sequences in 3 packs of 10 tokens, 76.7 % full (at least 3 packs are needed)", plan.ToString());
    }

    private static IPackingAlgorithm Algorithm(string name) => new[]
    {
        PackingAlgorithm.Sequential, PackingAlgorithm.FirstFitDecreasing, PackingAlgorithm.BestFitDecreasing, PackingAlgorithm.ShortestPackFirst,
    }.Single(a => a.Name == name);

    private static int Shaped(int length, int shape, int capacity) => shape switch
    {
        0 => 1,
        1 => capacity,
        2 => (capacity + 1) / 2,
        3 => (capacity / 2) + 1 > capacity ? capacity : (capacity / 2) + 1,
        4 => Math.Min(capacity, (int)BitOperations.RoundUpToPowerOf2((uint)length)),
        5 => length == 1 ? capacity : 1,
        _ => length,
    };

    private static int Tokens(MicroBatch pack, int[] lengths) => pack.Indices.ToArray().Sum(i => lengths[i]);

    /// <summary>90 % short, 10 % long, up to 64k tokens.</summary>
    private static int[] LongTailed(int count, ulong seed)
    {
        LongAlign.Sequences.SeededRandom random = new(seed);
        return [.. Enumerable.Range(0, count).Select(i => random.Next(10) == 0 ? 8_192 + random.Next(65_537 - 8_192) : 1 + random.Next(4_000))];
    }
}
