using LongAlign.Batching;
using LongAlign.Packing;

namespace LongAlign.Benchmarks.Checks;

/// <summary>Checks of the evenness of the sequences' weights on the paper's mix: where packs are chosen first, and where sequences are.</summary>
internal static class EvennessChecks
{
    public static IEnumerable<Figure> Run()
    {
        int[] lengths = Workloads.PaperMix();
        PackingPlan sequential = PackingAlgorithm.Sequential.Pack(lengths, Workloads.Capacity);
        PackingPlan bestFit = PackingAlgorithm.BestFitDecreasing.Pack(lengths, Workloads.Capacity);
        foreach (int ranks in new[] { 1, 8, 64 })
        {
            int size = GlobalBatchSampler.SizeOfPacks(lengths, Workloads.Capacity, ranks);
            (string Name, BatchSampler Sampler, double? Bar)[] methods =
            [
                ("sequential packs", new PackedBatchSampler(sequential, lengths, 42) { WorldSize = ranks }, null),
                ("best fit, random groups", new PackedBatchSampler(bestFit, lengths, 42) { WorldSize = ranks }, null),
                ("best fit, groups of equal cost", new BalancedBatchSampler(bestFit, lengths, AttentionCostModel.Llama7B64k, 42) { WorldSize = ranks }, null),
                ("random steps", StepsFirst(StepComposition.Random, UnevenEnd.SmallerStep), null),
                ("random steps without a smaller last one", StepsFirst(StepComposition.Random, UnevenEnd.Drop), 99.9),
                ("stratified steps", StepsFirst(StepComposition.Stratified, UnevenEnd.SmallerStep), 99.9),
            ];
            foreach ((string name, BatchSampler sampler, double? bar) in methods)
            {
                EpochEvenness evenness = EpochEvenness.Of(sampler);
                yield return new Figure(
                    $"evenness, {ranks} devices, {name}, {evenness.Smallest:N0} / {evenness.Median:N0} / {evenness.Largest:N0} sequences a step (smallest, median, largest)",
                    100 * evenness.Share,
                    "%",
                    AtLeast: bar);
            }

            GlobalBatchSampler StepsFirst(StepComposition composition, UnevenEnd end)
                => new(lengths, size, Workloads.Capacity, seed: 42) { WorldSize = ranks, Composition = composition, UnevenEnd = end };
        }
    }
}
