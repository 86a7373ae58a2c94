using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Sequences;

namespace LongAlign.Benchmarks.Checks;

/// <summary>Collation against a copy of as many bytes.</summary>
internal static class CollationChecks
{
    public static IEnumerable<Figure> Run()
    {
        CollationBenchmarks collation = new() { Tokens = 65_536 };
        collation.SetUp();
        (double copy, double packed) = Stopwatches.Best(collation.Copy, collation.Packed, runs: 200);
        yield return new Figure("a pack of 65,536 tokens, speed against a copy of its 1.8 MB", copy / packed, "x", AtLeast: 0.5);
        (double cat, double again) = Stopwatches.Best(() => collation.TensorsThenCat(), collation.Packed, runs: 50);
        yield return new Figure("the same, speed against a tensor a sequence and cat", cat / again, "x", AtLeast: 1);

        long before = GC.GetAllocatedBytesForCurrentThread();
        collation.Packed();
        yield return new Figure("the same, managed memory", GC.GetAllocatedBytesForCurrentThread() - before, "bytes", AtMost: 4_096);

        InMemoryDataset dataset = Workloads.Dataset([.. Enumerable.Repeat(65_536, 8)], 0.2, 32_000);
        using BatchLoader loader = new(new RandomBatchSampler(dataset, 1).GetSteps(0), new PackedBatchCollator(dataset));
        double slowest = 0;
        foreach (LoadedStep step in loader.GetSteps())
        {
            Thread.Sleep(50); // a step that needs no core
            slowest = Math.Max(slowest, Stopwatches.Once(() => step.Batches.Single().Dispose()));
        }

        yield return new Figure("the longest wait for a batch of 65,536 tokens that a loader made ahead", slowest * 1e3, "ms");
    }
}
