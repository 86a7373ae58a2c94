using BenchmarkDotNet.Attributes;
using LongAlign.Attention;
using LongAlign.Collation;
using static TorchSharp.torch;

namespace LongAlign.Benchmarks;

/// <summary>Writes the dense mask of a pack, against a fill of the same memory.</summary>
[MemoryDiagnoser]
public class MaskBenchmarks
{
    private PackLayout _layout = Workloads.LongTailedPack;

    /// <summary>Tokens of the pack, a multiple of 4,096.</summary>
    [Params(8_192, 16_384)]
    public int Tokens { get; set; } = 8_192;

    [Params(ScalarType.Bool, ScalarType.Float32, ScalarType.BFloat16)]
    public ScalarType Dtype { get; set; } = ScalarType.Bool;

    [GlobalSetup]
    public void SetUp() => _layout = PackLayout.FromLengths([.. Enumerable.Range(0, 12).Select(i => Workloads.LongTailedPack.GetLength(i) * (Tokens / Workloads.LongTailedPack.TokenCount))]);

    [Benchmark(Baseline = true)]
    public void Fill()
    {
        using Tensor mask = empty(Tokens, Tokens, Dtype);
        mask.bytes.Fill(1);
    }

    [Benchmark]
    public void Causal() => BlockDiagonalMask.Create(_layout, Dtype).Dispose();

    [Benchmark]
    public void NotCausal() => BlockDiagonalMask.Create(_layout, Dtype, causal: false).Dispose();
}
