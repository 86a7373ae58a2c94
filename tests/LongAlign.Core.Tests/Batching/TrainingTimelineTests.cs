using CsCheck;
using LongAlign.Batching;
using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongAlign.Core.Tests.Batching;

public sealed class TrainingTimelineTests
{
    [Fact]
    public void A_small_case_is_what_it_is_by_hand()
    {
        // Costs of micro-batches: a sequence's index + 1.
        // rank 0: step 0: 1 then 2, step 1: 5.   rank 1: step 0: 4 then 3, step 1: nothing.
        Fixed[] ranks = [new([[0, 1], [4]]), new Fixed([[3, 2], []])];
        TrainingTimeline steps = TrainingTimeline.Play(ranks, Cost);
        Assert.Equal((2, 2), (steps.RankCount, steps.RoundCount));
        Assert.Equal([7.0, 5.0], [steps.GetDuration(0), steps.GetDuration(1)]);
        Assert.Equal([3.0, 7.0, 5.0, 0.0], [steps.GetBusyTime(0, 0), steps.GetBusyTime(0, 1), steps.GetBusyTime(1, 0), steps.GetBusyTime(1, 1)]);
        Assert.Equal((12, 7.5, 1.6), (steps.TotalTime, steps.IdealTime, steps.TimeOverIdeal));
        Assert.Equal([4.0, 5.0], steps.IdleTimes);
        Assert.Equal(9.0 / 24, steps.IdleShare);
        Assert.Equal("2 ranks, 2 rounds, 1.600 x the ideal time, 37.5 % idle, evenness 100.0 %", steps.ToString().Replace("%", " %", StringComparison.Ordinal).Replace("  %", " %", StringComparison.Ordinal));

        TrainingTimeline microBatches = TrainingTimeline.Play(ranks, Cost, synchronization: RankSynchronization.EachMicroBatch);
        Assert.Equal(3, microBatches.RoundCount);
        Assert.Equal([4.0, 3.0, 5.0], Enumerable.Range(0, 3).Select(microBatches.GetDuration));
        Assert.Equal([4.0, 5.0], microBatches.IdleTimes);

        TrainingTimeline half = TrainingTimeline.Play(ranks, Cost, batch => Cost(batch) / 2);
        Assert.Equal((12, 3.75), (half.TotalTime, half.IdealTime));
    }

    [Fact]
    public void Work_and_waiting_of_every_rank_fill_the_whole_time() =>
        (from lengths in Any.Lengths()
         from ranks in BatchSamplerTests.WorldSizes
         from accumulationSteps in Gen.Int[1, 3]
         from unevenEnd in Gen.Enum<UnevenEnd>()
         from synchronization in Gen.Enum<RankSynchronization>()
         select (lengths.Lengths, lengths.Capacity, ranks, accumulationSteps, unevenEnd, synchronization)).Sample(c =>
    {
        PackingPlan plan = PackingAlgorithm.BestFitDecreasing.Pack(c.Lengths, c.Capacity);
        BalancedBatchSampler[] samplers = [.. Enumerable.Range(0, c.ranks).Select(rank => new BalancedBatchSampler(plan, c.Lengths, AttentionCostModel.Llama7B64k, 1)
        {
            WorldSize = c.ranks,
            Rank = rank,
            AccumulationSteps = c.accumulationSteps,
            UnevenEnd = c.unevenEnd,
        })];
        TrainingTimeline timeline = TrainingTimeline.Play(samplers, batch => batch.Count, synchronization: c.synchronization);
        int seen = samplers.Sum(sampler => sampler.GetSteps(0).Sum(step => step.MicroBatches.Sum(batch => batch.Count)));
        double[] busy = [.. Enumerable.Range(0, c.ranks).Select(rank => Enumerable.Range(0, timeline.RoundCount).Sum(round => timeline.GetBusyTime(round, rank)))];
        Assert.Equal(seen, busy.Sum());
        Assert.Equal((double)seen / c.ranks, timeline.IdealTime);
        Assert.All(busy.Zip(timeline.IdleTimes), rank => Assert.Equal(timeline.TotalTime, rank.First + rank.Second, 1e-9));
        Assert.True(timeline.TimeOverIdeal >= 1 - 1e-9);
    });

    [Fact]
    public void Samplers_that_do_not_belong_together_and_costs_that_make_no_sense_are_refused()
    {
        Fixed one = new([[0]]);
        Assert.Contains("There is no sampler", Fault([], Cost), StringComparison.Ordinal);
        Assert.Contains("1 of 2 samplers have another step", Fault([one, new Fixed([[0], [1]])], Cost), StringComparison.Ordinal);
        Assert.Contains("Step 0 has", Fault([one, new Fixed([[0]], targets: 7)], Cost), StringComparison.Ordinal);
        Assert.Contains("A micro-batch of step 0 on rank 1 costs -1", Fault([one, new Fixed([[4]])], batch => batch.Indices.Span[0] == 4 ? -1 : 1), StringComparison.Ordinal);
        Assert.Contains("costs NaN", Fault([one], _ => double.NaN), StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>(() => TrainingTimeline.Play(null!, Cost));
        Assert.Throws<ArgumentNullException>(() => TrainingTimeline.Play([one], null!));
        TrainingTimeline timeline = TrainingTimeline.Play([one], Cost);
        Assert.Throws<ArgumentOutOfRangeException>(() => timeline.GetDuration(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => timeline.GetBusyTime(0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => timeline.GetBusyTime(-1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => timeline.GetBusyTime(0, -1));

        static string Fault(IBatchSampler[] samplers, Func<MicroBatch, double> cost)
            => Assert.Throws<ArgumentException>(() => TrainingTimeline.Play(samplers, cost)).Message;
    }

    [Fact]
    public void An_epoch_without_steps_takes_no_time()
    {
        TrainingTimeline timeline = TrainingTimeline.Play([new Fixed([])], Cost);
        Assert.Equal((0, 0, 1, 0), (timeline.RoundCount, timeline.TotalTime, timeline.TimeOverIdeal, timeline.IdleShare));
    }

    private static double Cost(MicroBatch microBatch) => microBatch.Indices.Span[0] + 1;

    /// <summary>Steps of micro-batches of one sequence each.</summary>
    private sealed class Fixed(int[][] steps, int targets = 0) : IBatchSampler
    {
        public int StepsPerEpoch => steps.Length;

        public IEnumerable<BatchStep> GetSteps(int epoch) => steps.Select((step, index) => new BatchStep(
            index, [.. step.Select(sequence => new MicroBatch(new[] { sequence }, LengthLimit.None))], new StepTotals(1, 1, targets)));

        public IReadOnlyList<int> GetLeftOut(int epoch) => [];
    }
}
