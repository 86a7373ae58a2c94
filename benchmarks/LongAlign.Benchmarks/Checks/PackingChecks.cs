using LongAlign.Packing;

namespace LongAlign.Benchmarks.Checks;

/// <summary>Speed and waste of packing.</summary>
internal static class PackingChecks
{
    public static IEnumerable<Figure> Run()
    {
        PackingBenchmarks packing = new();
        packing.SetUp();
        PackingPlan plan = packing.BestFitDecreasing();
        double seconds = Stopwatches.Best(() => packing.BestFitDecreasing());
        yield return new Figure($"best fit, {packing.Sequences:N0} sequences", packing.Sequences / seconds / 1e6, "M sequences/s", AtLeast: 5);
        yield return new Figure("best fit, packs above the lower bound", plan.Count - plan.LowerBound, $"of {plan.Count:N0}", AtMost: 1);
    }
}
