using LongAlign.Batching;
using LongAlign.Sequences;

namespace LongAlign.Benchmarks.Checks;

/// <summary>Steps whose sequences are chosen first, on the paper's mix: waiting of ranks, micro-batches, and how long the steps of an epoch take to make.</summary>
internal static class GlobalBatchChecks
{
    private const int SequencesPerRank = 24;

    public static IEnumerable<Figure> Run()
        => Waiting("Llama-2-7B", AttentionCostModel.Llama7B64k).Concat(Waiting("Llama-2-13B", AttentionCostModel.Llama13B64k)).Concat(MicroBatches()).Concat(Speed());

    private static IEnumerable<Figure> Waiting(string model, AttentionCostModel cost)
    {
        int[] lengths = Workloads.PaperMix();
        (int Ranks, StepComposition Composition, double Bar)[] runs =
        [
            (8, StepComposition.Stratified, 1.005), (8, StepComposition.Random, 1.01), (64, StepComposition.Stratified, 1.01), (64, StepComposition.Random, 1.03),
        ];
        foreach ((int ranks, StepComposition composition, double bar) in runs)
        {
            GlobalBatchSampler[] samplers = Samplers(lengths, ranks, composition, cost, RankSynchronization.EachStep);
            TrainingTimeline timeline = TrainingTimeline.Play(samplers, pack => cost.GetPackedCost(pack, lengths));
            double least = LeastTime(samplers, lengths, cost);
            string where = $"{SequencesPerRank} sequences a rank and step, {composition}, {model}, {ranks} ranks";

            // One sequence of 64k tokens costs a small model more than a 64th of a step: no dealing is faster than that sequence alone.
            bool isReachable = least / timeline.IdealTime < bar;
            yield return new Figure($"time over ideal, {where}", timeline.TimeOverIdeal, "x", AtMost: isReachable ? bar : null);
            yield return new Figure("the least that these steps allow", least / timeline.IdealTime, "x");
            yield return new Figure("time above that least", 100 * ((timeline.TotalTime / least) - 1), "%", AtMost: 0.1);

            GlobalBatchSampler[] inRounds = Samplers(lengths, ranks, composition, cost, RankSynchronization.EachMicroBatch);
            yield return new Figure(
                "time over ideal where ranks wait at each micro-batch",
                TrainingTimeline.Play(inRounds, pack => cost.GetPackedCost(pack, lengths), synchronization: RankSynchronization.EachMicroBatch).TimeOverIdeal,
                "x");
        }
    }

    /// <summary>Of every step, a rank's equal share, or its costliest sequence where that costs more.</summary>
    private static double LeastTime(GlobalBatchSampler[] samplers, int[] lengths, AttentionCostModel cost)
    {
        int steps = samplers[0].StepsPerEpoch;
        double[] work = new double[steps];
        double[] longest = new double[steps];
        foreach (BatchStep step in samplers.SelectMany(sampler => sampler.GetSteps(0)))
        {
            foreach (int sequence in Sequences(step))
            {
                long length = lengths[sequence];
                double own = cost.GetCost(length, length * length);
                work[step.Index] += own;
                longest[step.Index] = Math.Max(longest[step.Index], own);
            }
        }

        return Enumerable.Range(0, steps).Sum(step => Math.Max(work[step] / samplers.Length, longest[step]));
    }

    private static IEnumerable<Figure> MicroBatches()
    {
        int[] lengths = Workloads.PaperMix();
        foreach (int ranks in new[] { 1, 8, 64 })
        {
            int made = 0;
            int least = 0;
            double worst = double.MinValue;
            foreach (BatchStep step in Samplers(lengths, ranks, StepComposition.Stratified, AttentionCostModel.Llama7B64k, RankSynchronization.EachStep).SelectMany(sampler => sampler.GetSteps(0)))
            {
                long tokens = Sequences(step).Sum(sequence => (long)lengths[sequence]);
                int leastOfStep = (int)((tokens + Workloads.Capacity - 1) / Workloads.Capacity);
                worst = Math.Max(worst, step.MicroBatches.Count - (1.05 * leastOfStep));
                made += step.MicroBatches.Count;
                least += leastOfStep;
            }

            yield return new Figure($"micro-batches of a rank and step beyond 1.05 times the least that its tokens need, {ranks} ranks", worst, "", AtMost: 1);
            yield return new Figure("micro-batches of the epoch over that least", made / (double)least, "x");
        }
    }

    private static IEnumerable<Figure> Speed()
    {
        foreach (StepComposition composition in Enum.GetValues<StepComposition>())
        {
            foreach (int ranks in new[] { 1, 8, 64 })
            {
                StepBenchmarks steps = new() { Composition = composition, Ranks = ranks };
                steps.SetUp();
                yield return new Figure($"steps of an epoch of {steps.Sequences:N0} sequences, {composition}, {ranks} ranks", Stopwatches.Best(() => steps.Epoch()), "s", AtMost: 0.5);
            }
        }
    }

    private static IEnumerable<int> Sequences(BatchStep step) => step.MicroBatches.SelectMany(pack => pack.Indices.ToArray());

    private static GlobalBatchSampler[] Samplers(int[] lengths, int ranks, StepComposition composition, AttentionCostModel cost, RankSynchronization synchronization)
        => [.. Enumerable.Range(0, ranks).Select(rank => new GlobalBatchSampler(lengths, SequencesPerRank * ranks, Workloads.Capacity, seed: 42)
        {
            WorldSize = ranks,
            Rank = rank,
            Composition = composition,
            Cost = cost,
            Synchronization = synchronization,
        })];
}
