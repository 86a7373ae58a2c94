using LongAlign.Batching;
using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongAlign.Benchmarks.Checks;

/// <summary>Speed and waste of packing.</summary>
internal static class PackingChecks
{
    private static readonly IPackingAlgorithm[] Algorithms =
    [
        PackingAlgorithm.Sequential, PackingAlgorithm.FirstFitDecreasing, PackingAlgorithm.BestFitDecreasing, PackingAlgorithm.ShortestPackFirst,
    ];

    public static IEnumerable<Figure> Run()
    {
        foreach ((int count, int runs, double atLeast) in new[] { (1_000_000, 5, 25.0), (10_000_000, 2, 15.0) })
        {
            int[] lengths = Workloads.LongMix(count);
            foreach (IPackingAlgorithm algorithm in Algorithms)
            {
                double seconds = Stopwatches.Best(() => algorithm.Pack(lengths, Workloads.Capacity), runs);
                bool isBestFit = algorithm == PackingAlgorithm.BestFitDecreasing;
                yield return new Figure($"{algorithm.Name}, {count:N0} sequences", count / seconds / 1e6, "M sequences/s", AtLeast: isBestFit ? atLeast : null);
            }
        }

        foreach (int count in new[] { 10_000, 100_000, 1_000_000 })
        {
            int[] lengths = Workloads.LongMix(count);
            foreach (IPackingAlgorithm algorithm in Algorithms)
            {
                PackingPlan plan = algorithm.Pack(lengths, Workloads.Capacity);
                bool isBestFit = algorithm == PackingAlgorithm.BestFitDecreasing;
                yield return new Figure(
                    $"{algorithm.Name}, {count:N0} sequences, {100 * plan.Efficiency:F2} % full, packs above the lower bound of {plan.LowerBound:N0}",
                    plan.Count - plan.LowerBound,
                    "packs",
                    AtMost: isBestFit ? 1 : null);
            }
        }

        int[] mix = Workloads.LongMix(1_000_000);
        double tokens = mix.Sum(length => (long)length);
        long naive = 0;
        foreach (BatchStep step in new RandomBatchSampler(mix, 8, 42).GetSteps(0))
        {
            naive += step.MicroBatches.Sum(batch => 8L * batch.Indices.ToArray().Max(i => mix[i]));
        }

        yield return new Figure("tokens computed by naive batches of 8, against packs without padding", naive / tokens, "x");
    }

    /// <summary>100 million sequences, from a file to packs.</summary>
    public static IEnumerable<Figure> RunAtScale()
    {
        const int Count = 100_000_000;
        string path = Path.GetTempFileName();
        try
        {
            LengthsFile.Write(path, Workloads.LongMix(Count));
            GC.Collect();
            PackingPlan? plan = null;
            double seconds = Stopwatches.Once(() => plan = PackingAlgorithm.BestFitDecreasing.Pack(LengthsFile.Read(path), Workloads.Capacity));
            yield return new Figure($"best fit decreasing, {Count:N0} sequences, from a file of lengths", seconds, "s", AtMost: 15);
            yield return new Figure($"the same, packs above the lower bound of {plan!.LowerBound:N0}", plan.Count - plan.LowerBound, "packs");
            using System.Diagnostics.Process process = System.Diagnostics.Process.GetCurrentProcess();
            yield return new Figure("the same, peak memory of the process", process.PeakWorkingSet64 / 1e9, "GB", AtMost: 24);
            yield return new Figure("the same, peak memory for each sequence", process.PeakWorkingSet64 / (double)Count, "bytes");
        }
        finally
        {
            File.Delete(path);
        }
    }
}
