using CsCheck;
using LongAlign.Batching;
using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongAlign.Core.Tests.Batching;

/// <summary>What holds for every sampler.</summary>
public sealed class BatchSamplerTests
{
    public static TheoryData<string> All => ["random", "sorted", "packed", "balanced"];

    internal static readonly Gen<int> WorldSizes = Gen.Int[0, 4].Select(i => new[] { 1, 2, 3, 8, 64 }[i]);

    internal static readonly Gen<Setup> Setups =
        from dataset in Any.Dataset(maxSequences: 40)
        from batchSize in Gen.Int[1, 5]
        from worldSize in WorldSizes
        from accumulationSteps in Gen.Int[1, 3]
        from unevenEnd in Gen.Enum<UnevenEnd>()
        from seed in Gen.ULong
        from epoch in Gen.Int[0, 5]
        select new Setup(dataset, batchSize, worldSize, accumulationSteps, unevenEnd, seed, epoch);

    [Theory]
    [MemberData(nameof(All))]
    public void An_epoch_has_every_sequence_once_over_all_ranks_or_lists_it_as_left_out_or_repeated(string kind) => Setups.Sample(c =>
    {
        int[] seen = [.. Ranks(c, kind).SelectMany(sampler => sampler.GetSteps(c.Epoch)).SelectMany(step => step.MicroBatches).SelectMany(b => b.Indices.ToArray())];
        IReadOnlyList<int> leftOut = Sampler(c, kind, 0).GetLeftOut(c.Epoch);
        IReadOnlyList<int> repeated = Sampler(c, kind, 0).GetRepeated(c.Epoch);
        Assert.Equal(Enumerable.Range(0, c.Dataset.Count).Concat(repeated).Order(), seen.Concat(leftOut).Order());
        Assert.Equal(leftOut.Order(), leftOut);
        Assert.Equal(repeated.Order(), repeated);
        Assert.True(c.UnevenEnd == UnevenEnd.Drop || leftOut.Count == 0);
        Assert.True(c.UnevenEnd == UnevenEnd.Repeat || repeated.Count == 0);
    });

    [Theory]
    [MemberData(nameof(All))]
    public void The_totals_of_a_step_are_those_of_all_ranks(string kind) => Setups.Sample(c =>
    {
        BatchStep[][] steps = [.. Ranks(c, kind).Select(sampler => sampler.GetSteps(c.Epoch).ToArray())];
        Assert.All(steps, own => Assert.Equal(Sampler(c, kind, 0).StepsPerEpoch, own.Length));
        for (int step = 0; step < steps[0].Length; step++)
        {
            MicroBatch[] microBatches = [.. steps.SelectMany(own => own[step].MicroBatches)];
            int[] targets = [.. microBatches.SelectMany(b => b.Indices.ToArray()).Select(i => c.Dataset.TargetCounts[i])];
            int withTarget = microBatches.Count(b => b.Indices.ToArray().Any(i => c.Dataset.TargetCounts[i] > 0));
            StepTotals expected = new(targets.Count(n => n > 0), withTarget, targets.Sum());
            Assert.All(steps, own => Assert.Equal((step, expected), (own[step].Index, own[step].Totals)));
            Assert.All(steps, own => Assert.InRange(own[step].MicroBatches.Count, 0, c.AccumulationSteps));
        }
    });

    [Theory]
    [MemberData(nameof(All))]
    public void Only_the_last_step_may_be_smaller_and_only_where_it_is_neither_dropped_nor_filled(string kind) => Setups.Sample(c =>
    {
        BatchStep[] steps = [.. Sampler(c, kind, 0).GetSteps(c.Epoch)];
        BatchStep[] whole = c.UnevenEnd == UnevenEnd.SmallerStep ? steps[..^1] : steps;
        Assert.All(whole, step => Assert.Equal(c.AccumulationSteps, step.MicroBatches.Count));
        if (kind is "random" or "sorted")
        {
            Assert.All(whole.SelectMany(step => step.MicroBatches), batch => Assert.Equal(c.BatchSize, batch.Count));
        }
    });

    [Theory]
    [MemberData(nameof(All))]
    public void Filling_a_step_keeps_the_steps_before_it_as_they_are(string kind) => Setups.Sample(c =>
    {
        BatchStep[] smaller = [.. Sampler(c with { UnevenEnd = UnevenEnd.SmallerStep }, kind, 0).GetSteps(c.Epoch)];
        BatchStep[] filled = [.. Sampler(c with { UnevenEnd = UnevenEnd.Repeat }, kind, 0).GetSteps(c.Epoch)];
        Assert.Equal(smaller.Length, filled.Length);
        Assert.Equal(Fingerprint.Of(smaller[..^1]), Fingerprint.Of(filled[..^1]));
    });

    [Theory]
    [MemberData(nameof(All))]
    public void The_same_seed_and_epoch_give_the_same_steps_and_others_do_not(string kind)
    {
        Setup c = new(new InMemoryDataset(Enumerable.Range(1, 60).Select(n => new TokenSequence(new int[n], new int[n]))), 2, 2, 1, UnevenEnd.SmallerStep, 7, 0);
        string Steps(Setup setup) => Fingerprint.Of(Sampler(setup, kind, 0).GetSteps(setup.Epoch));
        Assert.Equal(Steps(c), Steps(c));
        Assert.NotEqual(Steps(c), Steps(c with { Epoch = 1 }));
        Assert.NotEqual(Steps(c), Steps(c with { Seed = 8 }));

        string pinned = kind switch
        {
            "random" => "7A99DDB34ABE39BF",
            "sorted" => "68D83C64C037C724",
            "balanced" => "F064691EDB9E814F",
            _ => "82DEEEB59E3C4FBC",
        };
        Assert.Equal(pinned, Steps(c));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Bad_options_are_refused(string kind)
    {
        Setup c = new(new InMemoryDataset([new TokenSequence([1, 2], [1, 2])]), 1, 2, 1, UnevenEnd.SmallerStep, 7, 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => Sampler(c with { WorldSize = 0 }, kind, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sampler(c with { AccumulationSteps = 0 }, kind, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sampler(c with { UnevenEnd = (UnevenEnd)3 }, kind, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sampler(c, kind, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sampler(c, kind, 0).GetSteps(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sampler(c, kind, 0).GetLeftOut(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sampler(c, kind, 0).GetRepeated(-1));
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => Sampler(c, kind, 2).GetSteps(0));
        Assert.Contains("Rank is 2 and WorldSize 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_batch_size_or_lengths_that_make_no_sense_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomBatchSampler([1, 2], 0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SortedBatchSampler([1, 2], -1, 1));
        Assert.Contains("no sequences", Assert.Throws<ArgumentException>(() => new RandomBatchSampler([], 1, 1)).Message, StringComparison.Ordinal);
        Assert.Contains("Sequence 2 has length 0", Assert.Throws<ArgumentException>(() => new SortedBatchSampler([1, 2, 0], 1, 1)).Message, StringComparison.Ordinal);
        Assert.Contains("Sequence 0 has length -1", Assert.Throws<ArgumentException>(() => new RandomBatchSampler([-1], 1, 1)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomBatchSampler(new InMemoryDataset([new TokenSequence([1, 2], [1, 2])]), 1, maxLength: 0));
        Assert.Throws<ArgumentNullException>(() => new RandomBatchSampler(null!, 1));
        Assert.Throws<ArgumentNullException>(() => new SortedBatchSampler(null!, 1));
    }

    [Fact]
    public void A_plan_for_other_sequences_is_refused()
    {
        InMemoryDataset dataset = new([new TokenSequence([1, 2], [1, 2])]);
        PackingPlan plan = PackingAlgorithm.Sequential.Pack([2, 2], 4);
        Assert.Contains("2 sequences and the dataset has 1", Assert.Throws<ArgumentException>(() => new PackedBatchSampler(plan, dataset, 1)).Message, StringComparison.Ordinal);
        PackingPlan longer = PackingAlgorithm.Sequential.Pack([3], 4);
        Assert.Contains("3 tokens and the dataset's sequences have 2", Assert.Throws<ArgumentException>(() => new PackedBatchSampler(longer, dataset, 1)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>(() => new PackedBatchSampler(null!, dataset, 1));
        Assert.Throws<ArgumentNullException>(() => new PackedBatchSampler(plan, (ISequenceDataset)null!, 1));
        AttentionCostModel cost = AttentionCostModel.Llama7B64k;
        Assert.Contains("2 sequences and the dataset has 1", Assert.Throws<ArgumentException>(() => new BalancedBatchSampler(plan, dataset, cost, 1)).Message, StringComparison.Ordinal);
        Assert.Contains("3 tokens and the dataset's sequences have 2", Assert.Throws<ArgumentException>(() => new BalancedBatchSampler(longer, [2], cost, 1)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>(() => new BalancedBatchSampler(null!, dataset, cost, 1));
        Assert.Throws<ArgumentNullException>(() => new BalancedBatchSampler(plan, (ISequenceDataset)null!, cost, 1));
        Assert.Throws<ArgumentNullException>(() => new BalancedBatchSampler(plan, [2, 2], null!, 1));
    }

    [Fact]
    public void From_lengths_alone_every_token_but_the_first_is_a_target()
    {
        BatchStep step = Assert.Single(new RandomBatchSampler([5, 1, 3], 3, 1).GetSteps(0));
        Assert.Equal(new StepTotals(2, 1, 6) { IsEstimate = true }, step.Totals);
    }

    [Fact]
    public void Targets_that_are_cut_away_do_not_count()
    {
        InMemoryDataset dataset = new([new TokenSequence([1, 2, 3, 4, 5], [-100, -100, -100, 4, 5]), new TokenSequence([1, 2], [-100, 2])]);
        foreach ((bool cutLeft, StepTotals expected) in new[] { (false, new StepTotals(1, 1, 1)), (true, new StepTotals(2, 1, 3)) })
        {
            RandomBatchSampler sampler = new(dataset, 2, maxLength: 3, overlong: cutLeft ? OverlongPolicy.TruncateLeft : OverlongPolicy.TruncateRight);
            Assert.Equal(expected, Assert.Single(sampler.GetSteps(0)).Totals);
        }
    }

    [Fact]
    public void Equal_lengths_may_change_places_each_epoch_without_a_pack_changing_its_lengths() => Any.Lengths(maxCapacity: 60).Sample(c =>
    {
        InMemoryDataset dataset = new(c.Lengths.Select(n => new TokenSequence(new int[n], new int[n])));
        PackingPlan plan = PackingAlgorithm.BestFitDecreasing.Pack(c.Lengths, Math.Max(1, c.Capacity * 3 / 4), OverlongPolicy.Drop);
        PackedBatchSampler sampler = new(plan, dataset, 42) { ExchangeEqualLengths = true };
        for (int epoch = 0; epoch < 2; epoch++)
        {
            MicroBatch[] packs = [.. sampler.GetSteps(epoch).SelectMany(step => step.MicroBatches)];
            Assert.Equal(Shapes(plan), Shapes(packs));
            Assert.All(packs, pack => Assert.Equal(plan.Limit, pack.Limit));
            Assert.Equal(Enumerable.Range(0, dataset.Count).Except(plan.LeftOut), packs.SelectMany(pack => pack.Indices.ToArray()).Order());
        }

        IEnumerable<string> Shapes(IEnumerable<MicroBatch> packs) => packs.Select(pack => string.Join(',', pack.Indices.ToArray().Select(i => c.Lengths[i]))).Order();
    });

    [Fact]
    public void Neighbours_differ_between_epochs_if_equal_lengths_change_places()
    {
        InMemoryDataset dataset = new(Enumerable.Range(0, 90).Select(i => new TokenSequence(new int[1 + (i % 3)], new int[1 + (i % 3)])));
        PackingPlan plan = PackingAlgorithm.BestFitDecreasing.Pack(dataset.Lengths, 10);
        PackedBatchSampler stays = new(plan, dataset, 42);
        PackedBatchSampler changes = new(plan, dataset, 42) { ExchangeEqualLengths = true };
        Assert.Equal(Packs(stays, 0), Packs(stays, 1));
        Assert.NotEqual(Packs(changes, 0), Packs(changes, 1));
        Assert.Equal(Packs(changes, 1), Packs(changes, 1));
        Assert.Contains("change places", Assert.Throws<ArgumentException>(() => changes.GetSteps(stays.GetState(0, 1))).Message, StringComparison.Ordinal);

        static IEnumerable<string> Packs(BatchSampler sampler, int epoch)
            => sampler.GetSteps(epoch).SelectMany(step => step.MicroBatches).Select(pack => string.Join(',', pack.Indices.ToArray())).Order();
    }

    [Fact]
    public void Sequences_that_a_plan_leaves_out_are_listed()
    {
        InMemoryDataset dataset = new(new[] { 3, 9, 2 }.Select(n => new TokenSequence(new int[n], new int[n])));
        PackedBatchSampler sampler = new(PackingAlgorithm.BestFitDecreasing.Pack(dataset.Lengths, 5, OverlongPolicy.Drop), dataset, 42);
        Assert.Equal([1], sampler.GetLeftOut(0));
    }

    [Fact]
    public void A_step_and_its_micro_batches_print_what_is_in_them()
    {
        InMemoryDataset dataset = Training.LongAlignTrainerTests.Counting(12);
        BatchStep step = new GlobalBatchSampler(dataset, globalBatchSize: 12, capacity: 1_024, seed: 1).GetSteps(0).First();
        Assert.Matches(@"^step 0: 1 micro-batches here, of 12 sequences in 1 micro-batches, \d+ target tokens$", step.ToString());
        Assert.Matches(@"^12 sequences \(\d+(, \d+){7}, \.\.\.\)$", step.MicroBatches[0].ToString());
        Assert.Equal("2 sequences (3, 1)", new MicroBatch(new[] { 3, 1 }, LengthLimit.None).ToString());
        Assert.EndsWith("(guessed)", new RandomBatchSampler([3, 4], 2, seed: 1).GetSteps(0).First().Totals.ToString(), StringComparison.Ordinal);
    }

    private static IEnumerable<BatchSampler> Ranks(Setup c, string kind) => Enumerable.Range(0, c.WorldSize).Select(rank => Sampler(c, kind, rank));

    internal static BatchSampler Sampler(Setup c, string kind, int rank) => kind switch
    {
        "random" => new RandomBatchSampler(c.Dataset, c.BatchSize, c.Seed)
        {
            WorldSize = c.WorldSize,
            Rank = rank,
            AccumulationSteps = c.AccumulationSteps,
            UnevenEnd = c.UnevenEnd,
        },
        "sorted" => new SortedBatchSampler(c.Dataset, c.BatchSize, c.Seed)
        {
            WorldSize = c.WorldSize,
            Rank = rank,
            AccumulationSteps = c.AccumulationSteps,
            UnevenEnd = c.UnevenEnd,
        },
        "balanced" => new BalancedBatchSampler(
            PackingAlgorithm.BestFitDecreasing.Pack(c.Dataset.Lengths, c.Dataset.Lengths.ToArray().Max()), c.Dataset, AttentionCostModel.Llama7B64k, c.Seed)
        {
            WorldSize = c.WorldSize,
            Rank = rank,
            AccumulationSteps = c.AccumulationSteps,
            UnevenEnd = c.UnevenEnd,
        },
        _ => new PackedBatchSampler(PackingAlgorithm.BestFitDecreasing.Pack(c.Dataset.Lengths, c.Dataset.Lengths.ToArray().Max()), c.Dataset, c.Seed)
        {
            WorldSize = c.WorldSize,
            Rank = rank,
            AccumulationSteps = c.AccumulationSteps,
            UnevenEnd = c.UnevenEnd,
        },
    };

    internal sealed record Setup(InMemoryDataset Dataset, int BatchSize, int WorldSize, int AccumulationSteps, UnevenEnd UnevenEnd, ulong Seed, int Epoch);
}
