using BenchmarkDotNet.Attributes;
using LongAlign.Batching;
using LongAlign.Packing;

namespace LongAlign.Benchmarks;

/// <summary>Makes the steps of one rank of 64, from the packs of the paper's long-tailed mix.</summary>
[MemoryDiagnoser]
public class BalancingBenchmarks
{
    private int[] _lengths = [];
    private PackingPlan _plan = PackingAlgorithm.Sequential.Pack([1], 1);
    private BalancedBatchSampler? _sampler;
    private SamplerState? _state;

    [Params(1_000_000)]
    public int Sequences { get; set; } = 1_000_000;

    [GlobalSetup]
    public void SetUp()
    {
        _lengths = Workloads.LongMix(Sequences);
        _plan = PackingAlgorithm.BestFitDecreasing.Pack(_lengths, Workloads.Capacity);
        _sampler = Make();
        _state = _sampler.GetState(0, _sampler.StepsPerEpoch - 1);
    }

    /// <summary>Costs and sorts the packs: once in a run.</summary>
    [Benchmark]
    public BalancedBatchSampler Make() => new(_plan, _lengths, AttentionCostModel.Llama7B64k, 42) { WorldSize = 64, Rank = 7 };

    /// <summary>All steps of an epoch, with their totals.</summary>
    [Benchmark(Baseline = true)]
    public int Epoch() => _sampler!.GetSteps(0).Count();

    /// <summary>The last step of an epoch, from a state.</summary>
    [Benchmark]
    public int Resume() => _sampler!.GetSteps(_state!).Count();
}
