using BenchmarkDotNet.Attributes;
using TorchSharp;

namespace LongAlign.Benchmarks;

/// <summary>Forward and backward of the attention of a pack (8 heads of 64), against its sequences alone and a dense mask made beforehand.</summary>
[MemoryDiagnoser]
public class AttentionBenchmarks
{
    private AttentionWork? _work;

    [Params(torch.ScalarType.Float32, torch.ScalarType.BFloat16)]
    public torch.ScalarType Dtype { get; set; }

    [GlobalSetup]
    public void SetUp() => _work = new AttentionWork(Workloads.LongTailedPack, heads: 8, headDim: 64, Dtype);

    [GlobalCleanup]
    public void CleanUp() => _work!.Dispose();

    [Benchmark(Baseline = true)]
    public void DenseMask() => _work!.DenseMask();

    [Benchmark]
    public void EachAlone() => _work!.EachAlone();

    [Benchmark]
    public void Pack() => _work!.Pack();
}
