using BenchmarkDotNet.Attributes;
using LongAlign.Batching;

namespace LongAlign.Benchmarks;

/// <summary>Makes the steps of one rank whose sequences are chosen first and packed then, from the paper's long-tailed mix.</summary>
[MemoryDiagnoser]
public class StepBenchmarks
{
    private const int SequencesPerRank = 24;

    private int[] _lengths = [];

    [Params(10_000, 100_000, 1_000_000)]
    public int Sequences { get; set; } = 1_000_000;

    [Params(StepComposition.Stratified, StepComposition.Random)]
    public StepComposition Composition { get; set; }

    [Params(1, 8, 64)]
    public int Ranks { get; set; } = 8;

    [GlobalSetup]
    public void SetUp() => _lengths = Workloads.LongMix(Sequences);

    /// <summary>All steps of an epoch with their totals, from lengths alone: sorted, composed, dealt to all ranks and packed.</summary>
    [Benchmark]
    public int Epoch() => Make().GetSteps(0).Count();

    private GlobalBatchSampler Make()
        => new(_lengths, SequencesPerRank * Ranks, Workloads.Capacity, seed: 42) { WorldSize = Ranks, Composition = Composition };
}
