using BenchmarkDotNet.Attributes;
using LongAlign.Batching;
using LongAlign.Packing;

namespace LongAlign.Benchmarks;

/// <summary>Plans packs of 65,536 tokens for the paper's long-tailed mix.</summary>
[MemoryDiagnoser]
public class PackingBenchmarks
{
    private int[] _lengths = [];

    [Params(1_000_000, 10_000_000)]
    public int Sequences { get; set; } = 1_000_000;

    [GlobalSetup]
    public void SetUp() => _lengths = Workloads.LongMix(Sequences);

    [Benchmark(Baseline = true)]
    public PackingPlan Sequential() => PackingAlgorithm.Sequential.Pack(_lengths, Workloads.Capacity);

    [Benchmark]
    public PackingPlan FirstFitDecreasing() => PackingAlgorithm.FirstFitDecreasing.Pack(_lengths, Workloads.Capacity);

    [Benchmark]
    public PackingPlan BestFitDecreasing() => PackingAlgorithm.BestFitDecreasing.Pack(_lengths, Workloads.Capacity);

    [Benchmark]
    public PackingPlan ShortestPackFirst() => PackingAlgorithm.ShortestPackFirst.Pack(_lengths, Workloads.Capacity);

    /// <summary>The steps of an epoch of naive batching, eight rows each: what planning costs without packs.</summary>
    [Benchmark]
    public int NaiveBatching() => new RandomBatchSampler(_lengths, 8, 42).GetSteps(0).Count();
}
