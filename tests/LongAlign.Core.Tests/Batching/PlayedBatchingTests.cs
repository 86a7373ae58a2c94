using CsCheck;
using LongAlign.Batching;

namespace LongAlign.Core.Tests.Batching;

public sealed class PlayedBatchingTests
{
    private static readonly AttentionCostModel Tokens = new() { PerToken = 1, PerSquaredToken = 0 };

    [Fact]
    public void A_small_case_is_what_it_is_by_hand()
    {
        // 20 tokens: packs of 10 hold three sequences on average, so that a step has three and a padded batch three rows.
        int[] lengths = [10, 2, 2, 2, 2, 2];
        IReadOnlyList<PlayedBatching> all = PlayedBatching.PlayAll(lengths, new PlayedBatchingOptions { Capacity = 10, Cost = Tokens });
        Assert.Equal(Enum.GetValues<PlayedMethod>(), all.Select(played => played.Method));
        PlayedBatching naive = all[0];
        Assert.Equal(("naive", 2, 2, 3, 3), (naive.Name, naive.MicroBatchCount, naive.StepCount, naive.GlobalBatchSize, naive.BatchSize));
        Assert.Equal((16.0 / 36, 30L), (naive.PaddingShare, naive.LargestMicroBatch)); // [10, 2, 2] takes 30 tokens, [2, 2, 2] takes 6
        Assert.Equal((1.8, 1.0), (naive.Timeline.TimeOverIdeal, naive.Timeline.Evenness.Share));
        Assert.Null(naive.Fullness);

        PlayedBatching bestFit = all[3];
        Assert.Equal([1, 5], bestFit.Timeline.Evenness.StepSizes.Order()); // [10] and [2, 2, 2, 2, 2]
        Assert.Equal((1.0, 0.0, 10L), (bestFit.Fullness, bestFit.PaddingShare, bestFit.LargestMicroBatch));
        Assert.Equal(4 / (6 * 1.2), bestFit.Timeline.Evenness.Share, 1e-12);
        Assert.Null(bestFit.GlobalBatchSize);

        PlayedBatching packing = all[5];
        Assert.Equal((3, 2, 3), (packing.GlobalBatchSize, packing.StepCount, packing.MicroBatchCount)); // [10] and [2, 2]; [2, 2, 2]
        Assert.Equal((20.0 / 30, 1.0, 1.0), (packing.Fullness, packing.Timeline.TimeOverIdeal, packing.Timeline.Evenness.Share));
        Assert.Equal([3, 3], packing.Timeline.Evenness.StepSizes);
    }

    [Fact]
    public void Ranks_wait_where_a_step_has_too_little_for_its_longest_sequence()
    {
        int[] lengths = [10, 2, 2, 2, 2, 2];
        PlayedBatchingOptions options = new() { Capacity = 10, WorldSize = 2, Cost = Tokens };
        PlayedBatching whole = PlayedBatching.Play(PlayedMethod.Packing, lengths, options);
        PlayedBatching half = PlayedBatching.Play(PlayedMethod.Packing, lengths, options with { GlobalBatchSize = 3 });
        Assert.Equal((6, 1, 1.0, 0.0), (whole.GlobalBatchSize, whole.StepCount, whole.Timeline.TimeOverIdeal, whole.Timeline.IdleShare)); // [10] beside [2, 2, 2, 2, 2]
        Assert.Equal(2, half.StepCount); // [10] beside [2, 2], then [2, 2] beside [2]: 14 where 10 would do
        Assert.Equal((1.4, 8.0 / 28), (half.Timeline.TimeOverIdeal, half.Timeline.IdleShare));
    }

    [Fact]
    public void What_a_micro_batch_costs_whatever_is_in_it_is_no_ideal_work()
    {
        PlayedBatchingOptions options = new() { Capacity = 10, Cost = Tokens with { PerMicroBatch = 5 } };
        PlayedBatching packing = PlayedBatching.Play(PlayedMethod.Packing, [10, 10], options with { GlobalBatchSize = 1 });
        Assert.Equal((30, 20), (packing.Timeline.TotalTime, packing.Timeline.IdealTime));
    }

    [Fact]
    public void Rows_may_be_given_and_steps_come_as_near_as_whole_batches_allow()
    {
        int[] lengths = [.. Enumerable.Repeat(1, 100)];
        PlayedBatchingOptions options = new() { Capacity = 10, WorldSize = 2, GlobalBatchSize = 30 };
        Assert.Equal((30, 8, 32), (Of(PlayedMethod.Packing, options).GlobalBatchSize, Of(PlayedMethod.Naive, options).BatchSize, Of(PlayedMethod.Naive, options).GlobalBatchSize));
        PlayedBatching sorted = Of(PlayedMethod.Sorted, options with { BatchSize = 3 });
        Assert.Equal((3, 30), (sorted.BatchSize, sorted.GlobalBatchSize));
        Assert.Equal(3, Of(PlayedMethod.PacksInOrder, options).StepCount); // ten packs of ten, two a rank and step

        PlayedBatching Of(PlayedMethod method, PlayedBatchingOptions with) => PlayedBatching.Play(method, lengths, with);
    }

    [Fact]
    public void Every_batching_has_the_same_work_and_every_sequence_once() =>
        (from lengths in Any.Lengths()
         from ranks in Gen.Int[1, 4]
         from accumulation in Gen.Int[1, 3]
         from rows in Gen.Int[0, 5]
         from composition in Gen.Enum<StepComposition>()
         from synchronization in Gen.Enum<RankSynchronization>()
         select (lengths.Lengths, lengths.Capacity, ranks: Math.Min(ranks, lengths.Lengths.Length), accumulation, rows, composition, synchronization)).Sample(c =>
    {
        PlayedBatchingOptions options = new()
        {
            Capacity = c.Capacity,
            WorldSize = c.ranks,
            AccumulationSteps = c.accumulation,
            BatchSize = c.rows == 0 ? null : c.rows,
            Composition = c.composition,
            Synchronization = c.synchronization,
        };
        long tokens = c.Lengths.Sum(length => (long)length);
        double work = c.Lengths.Sum(length => options.Cost.GetCost(length, (double)length * length)) / c.ranks;
        int withTarget = c.Lengths.Count(length => length > 1);
        Assert.All(PlayedBatching.PlayAll(c.Lengths, options), played =>
        {
            Assert.Equal(work, played.Timeline.IdealTime, 1e-9 * work);
            Assert.True(played.Timeline.TimeOverIdeal >= 1 - 1e-9);
            Assert.Equal(withTarget, played.Timeline.Evenness.StepSizes.Sum());
            Assert.InRange(played.Timeline.Evenness.Share, double.Epsilon, 1 + 1e-9);
            Assert.InRange(played.PaddingShare, 0, 1);
            Assert.True(played.MicroBatchCount >= played.StepCount);
            bool isPadded = played.Method is PlayedMethod.Naive or PlayedMethod.Sorted;
            Assert.Equal(isPadded, played.BatchSize is not null);
            Assert.Equal(isPadded, played.Fullness is null);
            if (!isPadded)
            {
                Assert.Equal(0, played.PaddingShare);
                Assert.InRange(played.LargestMicroBatch, c.Lengths.Max(), c.Capacity);
                Assert.Equal((double)tokens / played.MicroBatchCount / c.Capacity, played.Fullness!.Value, 1e-9);
            }

            if (played.Method == PlayedMethod.Packing && withTarget == c.Lengths.Length)
            {
                Assert.InRange(played.Timeline.Evenness.Largest, 1, played.GlobalBatchSize!.Value);
            }
        });
    });

    [Fact]
    public void It_is_what_the_samplers_of_all_ranks_make_of_the_same_lengths() =>
        (from lengths in Any.Lengths(maxSequences: 60)
         from ranks in Gen.Int[1, 4]
         select (lengths.Lengths, lengths.Capacity, ranks: Math.Min(ranks, lengths.Lengths.Length))).Sample(c =>
    {
        int size = Math.Max(c.ranks, c.Lengths.Length / 3);
        PlayedBatching played = PlayedBatching.Play(PlayedMethod.Packing, c.Lengths, new PlayedBatchingOptions { Capacity = c.Capacity, WorldSize = c.ranks, GlobalBatchSize = size });
        GlobalBatchSampler[] samplers = [.. Enumerable.Range(0, c.ranks).Select(rank => new GlobalBatchSampler(c.Lengths, size, c.Capacity, 42) { WorldSize = c.ranks, Rank = rank })];
        TrainingTimeline timeline = TrainingTimeline.Play(samplers, microBatch => AttentionCostModel.Llama7B64k.GetPackedCost(microBatch, c.Lengths));

        // The order of sequences of like length differs, and what a step has of each length does not.
        Assert.Equal(timeline.RoundCount, played.Timeline.RoundCount);
        Assert.Equal(timeline.IdealTime, played.Timeline.IdealTime, 1e-9 * timeline.IdealTime);
    });

    [Fact]
    public void The_same_seed_plays_the_same_epoch()
    {
        int[] lengths = [.. Enumerable.Range(1, 300).Select(i => 1 + (i * 7919 % 500))];
        PlayedBatchingOptions options = new() { Capacity = 1_000, WorldSize = 3 };
        string[] first = [.. PlayedBatching.PlayAll(lengths, options).Select(played => played.ToString())];
        Assert.Equal(first, PlayedBatching.PlayAll(lengths, options).Select(played => played.ToString()));
        Assert.NotEqual(first, PlayedBatching.PlayAll(lengths, options with { Seed = 1 }).Select(played => played.ToString()));
    }

    [Fact]
    public void Longer_sequences_count_as_cut()
        => Assert.Equal(10, PlayedBatching.Play(PlayedMethod.PacksBestFit, [25, 3], new PlayedBatchingOptions { Capacity = 10 }).LargestMicroBatch);

    [Fact]
    public void Bad_input_is_named()
    {
        Assert.Contains("sequence", Assert.Throws<ArgumentException>(() => PlayedBatching.PlayAll([])).Message, StringComparison.Ordinal);
        Assert.Contains("Sequence 1 has length 0", Assert.Throws<ArgumentException>(() => PlayedBatching.PlayAll([3, 0])).Message, StringComparison.Ordinal);
        Assert.Contains("There are 3 ranks, 2 sequences a step and 2 in all", Fault(new PlayedBatchingOptions { WorldSize = 3 }), StringComparison.Ordinal);
        Assert.Contains("There are 2 ranks, 1 sequences a step", Fault(new PlayedBatchingOptions { WorldSize = 2, GlobalBatchSize = 1 }), StringComparison.Ordinal);
        Assert.Contains("both say how large a step is", Fault(new PlayedBatchingOptions { AccumulationSteps = 2, GlobalBatchSize = 2 }), StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => PlayedBatching.Play((PlayedMethod)9, [3]));
        Assert.Contains("Capacity is 0", Assert.Throws<ArgumentOutOfRangeException>(() => new PlayedBatchingOptions { Capacity = 0 }).Message, StringComparison.Ordinal);
        Assert.Contains("GlobalBatchSize is 0", Assert.Throws<ArgumentOutOfRangeException>(() => new PlayedBatchingOptions { GlobalBatchSize = 0 }).Message, StringComparison.Ordinal);

        static string Fault(PlayedBatchingOptions options) => Assert.Throws<ArgumentException>(() => PlayedBatching.PlayAll([3, 4], options)).Message;
    }
}
