using LongAlign.Batching;
using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongAlign.Benchmarks.Checks;

/// <summary>Waiting of ranks, played; the paper's Figure 5; and how long the steps of an epoch take to make.</summary>
internal static class BalancingChecks
{
    public static IEnumerable<Figure> Run()
        => Waiting("long mix of 100,000", Workloads.LongMix(100_000)).Concat(Waiting("paper's mix", Workloads.PaperMix())).Concat(FigureFive()).Concat(Speed());

    private static IEnumerable<Figure> Waiting(string mix, int[] lengths)
    {
        AttentionCostModel cost = AttentionCostModel.Llama7B64k;
        foreach (int ranks in new[] { 8, 64 })
        {
            Epoch epoch = new(lengths, lengths, cost, ranks);
            string where = $"time over ideal, {mix}, {ranks} ranks";
            yield return new Figure($"{where}, naive", epoch.Naive().TimeOverIdeal, "x");
            yield return new Figure($"{where}, sorted", epoch.Sorted().TimeOverIdeal, "x");
            yield return new Figure($"{where}, sequential packs", epoch.Packed(PackingAlgorithm.Sequential).TimeOverIdeal, "x");
            yield return new Figure($"{where}, best fit in random groups", epoch.Packed(PackingAlgorithm.BestFitDecreasing).TimeOverIdeal, "x");
            yield return new Figure($"{where}, balanced", epoch.Balanced().TimeOverIdeal, "x", AtMost: 1.02);
        }
    }

    /// <summary>
    /// The paper's hours of two epochs on 8 GPUs. Two unknowns, the speed of a GPU and the time that gathering the weights adds to a
    /// micro-batch, follow from the hours of packing and of sorted batching; the hours of naive batching are then predicted.
    /// </summary>
    private static IEnumerable<Figure> FigureFive()
    {
        int[] lengths = Workloads.PaperMix();
        (string Name, AttentionCostModel Cost, int RowLimit, double Naive, double Packed, double Sorted)[] models =
        [
            ("ChatGLM3-6B", AttentionCostModel.ChatGlm6B64k, 56 * 1_024, 45.4, 20.5, 19.1),
            ("Llama-2-7B", AttentionCostModel.Llama7B64k, Workloads.Capacity, 67.2, 23.4, 23.3),
            ("Llama-2-13B", AttentionCostModel.Llama13B64k, Workloads.Capacity, 117.2, 41.2, 44.5),
        ];
        foreach ((string name, AttentionCostModel cost, int rowLimit, double naiveHours, double packedHours, double sortedHours) in models)
        {
            Epoch epoch = new(lengths, Array.ConvertAll(lengths, length => Math.Min(length, rowLimit)), cost, ranks: 8);
            TrainingTimeline naive = epoch.Naive();
            TrainingTimeline packed = epoch.PackedAndPadded();
            TrainingTimeline sorted = epoch.Sorted();

            // hours = 2 (FLOPs · hoursPerFlop + rounds · overhead), of packing and of sorted batching.
            double determinant = (packed.TotalTime * sorted.RoundCount) - (sorted.TotalTime * packed.RoundCount);
            double hoursPerFlop = ((packedHours * sorted.RoundCount) - (sortedHours * packed.RoundCount)) / 2 / determinant;
            double overhead = ((sortedHours * packed.TotalTime) - (packedHours * sorted.TotalTime)) / 2 / determinant;
            double predicted = 2 * ((naive.TotalTime * hoursPerFlop) + (naive.RoundCount * overhead));
            yield return new Figure($"Figure 5, {name}, naive over packed without overhead, the paper's {naiveHours / packedHours:F2}", naive.TotalTime / packed.TotalTime, "x");
            yield return new Figure($"Figure 5, {name}, sorted over packed without overhead, the paper's {sortedHours / packedHours:F2}", sorted.TotalTime / packed.TotalTime, "x");
            yield return new Figure($"Figure 5, {name}, speed of a GPU that fits the paper", 1 / (hoursPerFlop * 3_600 * 1e12), "TFLOP/s");
            yield return new Figure($"Figure 5, {name}, overhead of a micro-batch that fits the paper", overhead * 3_600, "s");
            yield return new Figure($"Figure 5, {name}, naive, the paper's {naiveHours}", predicted, "hours");
            yield return new Figure($"Figure 5, {name}, balanced", 2 * ((epoch.Balanced().TotalTime * hoursPerFlop) + (epoch.Balanced().RoundCount * overhead)), "hours");
        }
    }

    private static IEnumerable<Figure> Speed()
    {
        BalancingBenchmarks balancing = new();
        balancing.SetUp();
        yield return new Figure($"balanced sampler of the packs of {balancing.Sequences:N0} sequences", Stopwatches.Best(() => balancing.Make()) * 1e3, "ms");
        (double all, double last) = Stopwatches.Best(() => balancing.Epoch(), () => balancing.Resume());
        yield return new Figure($"balanced steps of an epoch of {balancing.Sequences:N0} sequences", all * 1e3, "ms");
        yield return new Figure("resuming at its last step, time against the whole epoch", last / all, "x", AtMost: 0.5);
    }

    /// <summary>One epoch on some ranks; weights are sharded as in the paper, so that ranks wait at every micro-batch.</summary>
    /// <param name="lengths">Of all sequences.</param>
    /// <param name="rows">The same, cut where they are rows and not packs.</param>
    /// <param name="cost">The model.</param>
    /// <param name="ranks">Their number.</param>
    private sealed class Epoch(int[] lengths, int[] rows, AttentionCostModel cost, int ranks)
    {
        public TrainingTimeline Naive()
            => Play(rank => new RandomBatchSampler(rows, 1, 42) { WorldSize = ranks, Rank = rank, AccumulationSteps = 12 }, row => cost.GetPaddedCost(row, rows));

        public TrainingTimeline Sorted()
            => Play(rank => new SortedBatchSampler(rows, 1, 42) { WorldSize = ranks, Rank = rank, AccumulationSteps = 12 }, row => cost.GetPaddedCost(row, rows));

        public TrainingTimeline Packed(IPackingAlgorithm algorithm) => Packed(algorithm, pack => cost.GetPackedCost(pack, lengths));

        /// <summary>As the reference does it: a pack's empty end is computed as one more sequence.</summary>
        public TrainingTimeline PackedAndPadded() => Packed(PackingAlgorithm.Sequential, pack =>
        {
            long used = 0;
            foreach (int sequence in pack.Indices.Span)
            {
                used += lengths[sequence];
            }

            double empty = Workloads.Capacity - used;
            return cost.GetPackedCost(pack, lengths) + (cost.PerToken * empty) + (cost.PerSquaredToken * empty * empty);
        });

        public TrainingTimeline Balanced()
        {
            PackingPlan plan = PackingAlgorithm.BestFitDecreasing.Pack(lengths, Workloads.Capacity);
            return Play(rank => new BalancedBatchSampler(plan, lengths, cost, 42) { WorldSize = ranks, Rank = rank }, pack => cost.GetPackedCost(pack, lengths));
        }

        private TrainingTimeline Packed(IPackingAlgorithm algorithm, Func<MicroBatch, double> time)
        {
            PackingPlan plan = algorithm.Pack(lengths, Workloads.Capacity);
            return Play(rank => new PackedBatchSampler(plan, lengths, 42) { WorldSize = ranks, Rank = rank }, time);
        }

        private TrainingTimeline Play(Func<int, IBatchSampler> samplerOf, Func<MicroBatch, double> time)
            => TrainingTimeline.Play([.. Enumerable.Range(0, ranks).Select(samplerOf)], time, microBatch => cost.GetPackedCost(microBatch, lengths), RankSynchronization.EachMicroBatch);
    }
}
