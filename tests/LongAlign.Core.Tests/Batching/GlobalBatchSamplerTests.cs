using CsCheck;
using LongAlign.Batching;
using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongAlign.Core.Tests.Batching;

/// <summary>A step is a set of sequences; packs are how it is computed.</summary>
public sealed class GlobalBatchSamplerTests
{
    private static readonly Gen<Setup> Setups =
        from dataset in Any.Dataset(maxSequences: 60, maxLength: 30)
        from ranks in Gen.Int[1, Math.Min(8, dataset.Count)]
        from size in Gen.Int[ranks, 24]
        from room in Gen.Int[0, 40]
        from maxSequences in Gen.Int[0, 3].Select(i => i == 0 ? int.MaxValue : i)
        from composition in Gen.Enum<StepComposition>()
        from synchronization in Gen.Enum<RankSynchronization>()
        from unevenEnd in Gen.Enum<UnevenEnd>()
        from seed in Gen.ULong
        from epoch in Gen.Int[0, 3]
        select new Setup(dataset, Math.Max(size, ranks), LongestOf(dataset) + room, ranks, maxSequences, composition, synchronization, unevenEnd, seed, epoch);

    [Fact]
    public void An_epoch_has_every_sequence_once_or_lists_it() => Setups.Sample(c =>
    {
        int[] seen = [.. Ranks(c).SelectMany(sampler => sampler.GetSteps(c.Epoch)).SelectMany(step => step.MicroBatches).SelectMany(b => b.Indices.ToArray())];
        IReadOnlyList<int> leftOut = c.Sampler().GetLeftOut(c.Epoch);
        IReadOnlyList<int> repeated = c.Sampler().GetRepeated(c.Epoch);
        Assert.Equal(Enumerable.Range(0, c.Dataset.Count).Concat(repeated).Order(), seen.Concat(leftOut).Order());
        Assert.Equal(leftOut.Order(), leftOut);
        Assert.True(c.UnevenEnd == UnevenEnd.Drop || leftOut.Count == 0);
        Assert.True(c.UnevenEnd == UnevenEnd.Repeat || repeated.Count == 0);
    });

    [Fact]
    public void Totals_are_those_of_all_ranks_and_known_to_each() => Setups.Sample(c =>
    {
        BatchStep[][] ranks = [.. Ranks(c).Select(sampler => sampler.GetSteps(c.Epoch).ToArray())];
        Assert.All(ranks, own => Assert.Equal(c.Sampler().StepsPerEpoch, own.Length));
        for (int step = 0; step < ranks[0].Length; step++)
        {
            int[][] microBatches = [.. ranks.SelectMany(own => own[step].MicroBatches).Select(b => b.Indices.ToArray())];
            int[] targets = [.. microBatches.SelectMany(b => b).Select(i => c.Dataset.TargetCounts[i])];
            int withTarget = microBatches.Count(b => b.Any(i => c.Dataset.TargetCounts[i] > 0));
            Assert.All(ranks, own => Assert.Equal(new StepTotals(targets.Count(n => n > 0), withTarget, targets.Sum()), own[step].Totals));
        }
    });

    [Fact]
    public void Random_steps_are_those_of_naive_batching_in_the_same_order() => Setups.Sample(c =>
    {
        RandomBatchSampler naive = new(c.Dataset, 1, c.Seed) { AccumulationSteps = c.GlobalBatchSize, UnevenEnd = c.UnevenEnd };
        Assert.Equal(SetsOf([naive], c.Epoch), SetsOf(Ranks(c with { Composition = StepComposition.Random }), c.Epoch));
    });

    [Fact]
    public void The_sets_of_steps_do_not_depend_on_capacity_ranks_or_synchronization() => Setups.Sample(c =>
    {
        Setup other = c with { Ranks = 1, Capacity = c.Capacity + 100, MaxSequences = int.MaxValue, Synchronization = RankSynchronization.EachStep };
        Assert.Equal(SetsOf(Ranks(other), c.Epoch), SetsOf(Ranks(c), c.Epoch));
    });

    [Fact]
    public void Every_stratified_step_has_a_sequence_of_each_stratum() => Setups.Sample(c =>
    {
        c = c with { Composition = StepComposition.Stratified };
        int[][] steps = SetsOf(Ranks(c), c.Epoch);
        int[] sorted = [.. steps.SelectMany(step => step).OrderBy(i => c.Dataset.Lengths[i]).ThenBy(i => i)];
        Dictionary<int, int> placeOf = sorted.Index().GroupBy(entry => entry.Item).ToDictionary(group => group.Key, group => group.First().Index);
        foreach (int[] step in steps)
        {
            Assert.InRange(step.Length, sorted.Length / steps.Length, (sorted.Length + steps.Length - 1) / steps.Length);
            Assert.True(c.UnevenEnd == UnevenEnd.SmallerStep || step.Length == c.GlobalBatchSize);

            // Of the shortest n sequences of the epoch a step has its share, to within two: the stratum that n cuts, and the smaller one.
            int[] places = [.. step.Select(i => placeOf[i]).Order()];
            for (int k = 0; k < places.Length && c.UnevenEnd != UnevenEnd.Repeat; k++)
            {
                Assert.InRange(k - ((double)places[k] / steps.Length), -2, 2);
            }
        }
    });

    [Fact]
    public void Where_strata_fill_the_data_a_step_has_exactly_one_of_each() =>
        (from steps in Gen.Int[1, 9]
         from size in Gen.Int[1, 9]
         from seed in Gen.ULong
         select (steps, size, seed)).Sample(c =>
    {
        int[] lengths = [.. Enumerable.Range(1, c.steps * c.size)];
        foreach (int[] step in SetsOf([new GlobalBatchSampler(lengths, c.size, 100, c.seed)], epoch: 0))
        {
            Assert.Equal(Enumerable.Range(0, c.size), step.Order().Select(i => i / c.steps));
        }
    });

    [Fact]
    public void Micro_batches_fit_and_are_as_few_as_best_fit_needs() => Setups.Sample(c =>
    {
        c = c with { Synchronization = RankSynchronization.EachStep };
        foreach (BatchStep step in Ranks(c).SelectMany(sampler => sampler.GetSteps(c.Epoch)))
        {
            Assert.All(step.MicroBatches, b => Assert.InRange(b.Count, 1, c.MaxSequences));
            Assert.All(step.MicroBatches, b => Assert.InRange(b.Indices.ToArray().Sum(i => c.Dataset.Lengths[i]), 1, c.Capacity));
            int[] share = [.. step.MicroBatches.SelectMany(b => b.Indices.ToArray()).Select(i => c.Dataset.Lengths[i])];
            if (share.Length > 0)
            {
                PackingPlan fewest = PackingAlgorithm.BestFitDecreasing.Pack(share, c.Capacity, maxSequencesPerPack: c.MaxSequences);
                Assert.InRange(step.MicroBatches.Count, fewest.LowerBound, fewest.Count);
            }
        }
    });

    [Fact]
    public void Ranks_that_wait_at_each_micro_batch_have_as_many_of_them() => Setups.Sample(c =>
    {
        c = c with { Synchronization = RankSynchronization.EachMicroBatch };
        BatchStep[][] ranks = [.. Ranks(c).Select(sampler => sampler.GetSteps(c.Epoch).ToArray())];
        for (int step = 0; step < ranks[0].Length; step++)
        {
            int[] counts = [.. ranks.Select(own => own[step].MicroBatches.Count)];
            int sequences = ranks.Sum(own => own[step].MicroBatches.Sum(b => b.Count));
            Assert.All(ranks.SelectMany(own => own[step].MicroBatches), b => Assert.InRange(b.Indices.ToArray().Sum(i => c.Dataset.Lengths[i]), 1, c.Capacity));
            Assert.True(counts.Max() - counts.Min() <= (sequences < counts.Max() * c.Ranks ? 1 : 0), string.Join(' ', counts));
        }
    });

    [Fact]
    public void No_rank_has_more_work_than_the_mean_and_one_sequence() => Setups.Sample(c =>
    {
        AttentionCostModel cost = AttentionCostModel.Llama7B64k;
        BatchStep[][] ranks = [.. Ranks(c with { Synchronization = RankSynchronization.EachStep }).Select(sampler => sampler.GetSteps(c.Epoch).ToArray())];
        for (int step = 0; step < ranks[0].Length; step++)
        {
            double[] work = [.. ranks.Select(own => own[step].MicroBatches.Sum(b => cost.GetPackedCost(b, c.Dataset.Lengths)))];
            double longest = ranks.SelectMany(own => own[step].MicroBatches).SelectMany(b => b.Indices.ToArray()).Max(i => cost.GetSequenceCost(c.Dataset.Lengths[i]));
            Assert.True(work.Max() <= work.Average() + longest + 1, $"{work.Max()} against {work.Average()} + {longest}");
        }
    });

    [Fact]
    public void Exchanges_make_the_costliest_share_cheaper_and_lose_nothing()
    {
        AttentionCostModel cost = new() { PerToken = 1, PerSquaredToken = 0 };
        int[] lengths = [7, 6, 5, 4, 3, 3];
        CostBins bins = CostBins.Deal([0, 1, 2, 3, 4, 5], lengths, cost, 2);
        Assert.Equal([14, 14], Costs(bins));

        int[] worse = [5, 5, 4, 3, 3]; // longest first: 5 3 and 5 4, then 3: 11 and 9; the best is 10 and 10
        bins = CostBins.Deal([0, 1, 2, 3, 4], worse, cost, 2);
        Assert.Equal([11, 9], Costs(bins).OrderDescending());
        bins.EvenOut();
        Assert.Equal([10, 10], Costs(bins));
        Assert.Equal([0, 1, 2, 3, 4], bins[0].Concat(bins[1]).Order());

        static double[] Costs(CostBins bins) => [.. Enumerable.Range(0, bins.Count).Select(bins.CostOf)];
    }

    [Fact]
    public void A_run_resumes_at_any_step_without_the_earlier_ones() => Setups.Sample(c =>
    {
        GlobalBatchSampler sampler = c.Sampler();
        BatchStep[] all = [.. sampler.GetSteps(c.Epoch)];
        for (int step = 0; step <= all.Length; step++)
        {
            Assert.Equal(Fingerprint.Of(all[step..]), Fingerprint.Of(sampler.GetSteps(sampler.GetState(c.Epoch, step))));
        }
    });

    [Fact]
    public void A_state_of_other_options_is_refused()
    {
        GlobalBatchSampler sampler = new([1, 2, 3, 4], 2, 4, 42);
        foreach (GlobalBatchSampler other in new GlobalBatchSampler[]
        {
            new([1, 2, 3, 4], 3, 4, 42),
            new([1, 2, 3, 4], 2, 5, 42),
            new([1, 2, 3, 4], 2, 4, 42) { Composition = StepComposition.Random },
            new([1, 2, 3, 4], 2, 4, 42) { Synchronization = RankSynchronization.EachMicroBatch },
            new([1, 2, 3, 4], 2, 4, 42) { MaxSequencesPerPack = 2 },
            new([1, 2, 3, 4], 2, 4, 42) { Cost = AttentionCostModel.Llama13B64k },
            new([1, 2, 3, 4], 2, 4, 42) { CostliestFirst = true },
        })
        {
            Assert.Contains("sampler: '", Assert.Throws<ArgumentException>(() => sampler.GetSteps(other.GetState(0, 0))).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_costliest_step_may_come_first() => Setups.Sample(c =>
    {
        GlobalBatchSampler usual = (c with { Ranks = 1 }).Sampler(0, costliestFirst: false);
        GlobalBatchSampler costliestFirst = (c with { Ranks = 1 }).Sampler(0, costliestFirst: true);
        double[] costs = [.. usual.GetSteps(0).Select(step => step.MicroBatches.Max(b => usual.Cost.GetPackedCost(b, c.Dataset.Lengths)))];
        Assert.Equal(Texts(usual, 0).Order(), Texts(costliestFirst, 0).Order());
        Assert.Equal(Texts(usual, 1), Texts(costliestFirst, 1));
        foreach (BatchStep first in costliestFirst.GetSteps(0).Take(1))
        {
            Assert.Equal(costs.Max(), first.MicroBatches.Max(b => usual.Cost.GetPackedCost(b, c.Dataset.Lengths)));
            Assert.Equal(0, first.Index);
        }

        static string[] Texts(GlobalBatchSampler sampler, int epoch) => [.. sampler.GetSteps(epoch).Select(step => Fingerprint.Of(step.MicroBatches))];
    }, iter: 50);

    [Fact]
    public void The_same_seed_gives_the_same_steps_on_every_platform()
    {
        int[] lengths = [.. Enumerable.Range(1, 60)];
        string Steps(StepComposition composition, ulong seed = 7, int epoch = 0)
            => Fingerprint.Of(new GlobalBatchSampler(lengths, 7, 64, seed) { WorldSize = 2, Composition = composition }.GetSteps(epoch));
        Assert.Equal("1A25AF9A8634A52F", Steps(StepComposition.Stratified));
        Assert.Equal("A05A3F907911747B", Steps(StepComposition.Random));
        Assert.NotEqual(Steps(StepComposition.Stratified), Steps(StepComposition.Stratified, seed: 8));
        Assert.NotEqual(Steps(StepComposition.Stratified), Steps(StepComposition.Stratified, epoch: 1));
    }

    [Fact]
    public void Sequences_over_the_capacity_meet_the_policy()
    {
        InMemoryDataset dataset = new(new[] { 4, 11, 10, 25, 3 }.Select(n => new TokenSequence(new int[n], [.. Enumerable.Range(0, n).Select(t => t >= n - 2 ? 0 : -100)])));
        ArgumentException error = Assert.Throws<ArgumentException>(() => new GlobalBatchSampler(dataset, 2, 10));
        Assert.Contains("Sequence 1 has 11 tokens, and the most that a sequence may have is 10 (2 such in all, the longest of 25)", error.Message, StringComparison.Ordinal);
        Assert.Contains("Sequence 1 has 11 tokens", Assert.Throws<ArgumentException>(() => new GlobalBatchSampler([4, 11], 2, 10, 1)).Message, StringComparison.Ordinal);

        GlobalBatchSampler dropped = new(dataset, 5, 10, overlong: OverlongPolicy.Drop);
        Assert.Equal([1, 3], dropped.GetLeftOut(0));
        Assert.Equal(new StepTotals(3, 2, 6), Assert.Single(dropped.GetSteps(0)).Totals);

        GlobalBatchSampler right = new(dataset, 5, 10, overlong: OverlongPolicy.TruncateRight);
        GlobalBatchSampler left = new(dataset, 5, 10, overlong: OverlongPolicy.TruncateLeft);
        Assert.Equal([1, 3], right.Truncated);
        Assert.Equal((4, 7), (Assert.Single(right.GetSteps(0)).Totals.SequenceCount, Assert.Single(right.GetSteps(0)).Totals.TargetCount));
        Assert.Equal((5, 10), (Assert.Single(left.GetSteps(0)).Totals.SequenceCount, Assert.Single(left.GetSteps(0)).Totals.TargetCount));
        Assert.All(left.GetSteps(0).SelectMany(step => step.MicroBatches), b => Assert.Equal(new LengthLimit(10, CutLeft: true), b.Limit));
    }

    [Fact]
    public void Options_that_make_no_sense_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new GlobalBatchSampler([1, 2], 0, 4, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new GlobalBatchSampler([1, 2], 1, 0, 1));
        Assert.Throws<ArgumentException>(() => new GlobalBatchSampler([], 1, 4, 1));
        Assert.Throws<ArgumentNullException>(() => new GlobalBatchSampler(null!, 1, 4));
        Assert.Contains("Sequence 1 has length 0", Assert.Throws<ArgumentException>(() => new GlobalBatchSampler([1, 0], 1, 4, 1)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new GlobalBatchSampler([1, 2], 1, 4, 1) { Composition = (StepComposition)2 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new GlobalBatchSampler([1, 2], 1, 4, 1) { Synchronization = (RankSynchronization)2 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new GlobalBatchSampler([1, 2], 1, 4, 1) { MaxSequencesPerPack = 0 });
        Assert.Throws<ArgumentNullException>(() => new GlobalBatchSampler([1, 2], 1, 4, 1) { Cost = null! });
        Assert.Contains(
            "global batch size is 2 and WorldSize 3",
            Assert.Throws<InvalidOperationException>(() => new GlobalBatchSampler([1, 2, 3], 2, 4, 1) { WorldSize = 3 }.GetSteps(0)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "There are 2 sequences and WorldSize is 3",
            Assert.Throws<InvalidOperationException>(() => new GlobalBatchSampler([1, 2], 3, 4, 1) { WorldSize = 3 }.GetSteps(0)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_size_of_so_many_packs_is_that_of_their_tokens()
    {
        Assert.Equal(4, GlobalBatchSampler.SizeOfPacks([10, 10, 10, 10, 10, 10], capacity: 20, packs: 2));
        Assert.Equal(6, GlobalBatchSampler.SizeOfPacks([10, 10, 10, 10, 10, 10], capacity: 20, packs: 50));
        Assert.Equal(2, GlobalBatchSampler.SizeOfPacks([100, 100, 100], capacity: 20, packs: 2)); // cut to the capacity
        Assert.Throws<ArgumentOutOfRangeException>(() => GlobalBatchSampler.SizeOfPacks([1], 20, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => GlobalBatchSampler.SizeOfPacks([1], 0, 1));
        Assert.Throws<ArgumentException>(() => GlobalBatchSampler.SizeOfPacks([], 1, 1));
    }

    [Fact]
    public void Evenness_is_the_effective_number_of_sequences()
    {
        EpochEvenness evenness = new([1, 3, 0, 4]);
        Assert.Equal(3 / 8.0 * (3 / (1 + (1 / 3.0) + (1 / 4.0))), evenness.Share, 1e-12);
        Assert.Equal((1, 3, 4), (evenness.Smallest, evenness.Median, evenness.Largest));
        Assert.Equal([1, 3, 0, 4], evenness.StepSizes);
        Assert.Equal(1, new EpochEvenness([5, 5]).Share);
        Assert.Equal((1.0, 0), (new EpochEvenness([]).Share, new EpochEvenness([]).Median));

        int[] lengths = [.. Enumerable.Range(0, 1_000).Select(i => 2 + (i * i % 97))];
        Assert.InRange(EpochEvenness.Of(new GlobalBatchSampler(lengths, 24, 100, 1)).Share, 0.999, 1);
        Assert.InRange(EpochEvenness.Of(new PackedBatchSampler(PackingAlgorithm.BestFitDecreasing.Pack(lengths, 100), lengths, 1)).Share, 0, 0.95);
    }

    private static int LongestOf(InMemoryDataset dataset) => dataset.Lengths.ToArray().Max();

    private static GlobalBatchSampler[] Ranks(Setup c) => [.. Enumerable.Range(0, c.Ranks).Select(rank => c.Sampler(rank))];

    /// <summary>The sequences of each step, over all ranks, ascending.</summary>
    private static int[][] SetsOf(IReadOnlyList<IBatchSampler> ranks, int epoch)
    {
        BatchStep[][] steps = [.. ranks.Select(rank => rank.GetSteps(epoch).ToArray())];
        return [.. steps[0].Select((_, step) => steps.SelectMany(own => own[step].MicroBatches).SelectMany(b => b.Indices.ToArray()).Order().ToArray())];
    }

    private sealed record Setup(
        InMemoryDataset Dataset,
        int GlobalBatchSize,
        int Capacity,
        int Ranks,
        int MaxSequences,
        StepComposition Composition,
        RankSynchronization Synchronization,
        UnevenEnd UnevenEnd,
        ulong Seed,
        int Epoch)
    {
        public GlobalBatchSampler Sampler(int rank, bool costliestFirst) => new(Dataset, GlobalBatchSize, Capacity, Seed)
        {
            WorldSize = Ranks,
            Rank = rank,
            Composition = Composition,
            Synchronization = Synchronization,
            MaxSequencesPerPack = MaxSequences,
            UnevenEnd = UnevenEnd,
            CostliestFirst = costliestFirst,
        };

        public GlobalBatchSampler Sampler(int rank = 0) => Sampler(rank, costliestFirst: false);
    }
}
