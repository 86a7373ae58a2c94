using BenchmarkDotNet.Attributes;
using LongAlign.Attention;
using LongAlign.Collation;
using static TorchSharp.torch;

namespace LongAlign.Benchmarks;

/// <summary>Writes the dense mask of a pack of 8,192 tokens, against a fill of the same memory.</summary>
[MemoryDiagnoser]
public class MaskBenchmarks
{
    private readonly PackLayout _layout = PackLayout.FromLengths([.. Enumerable.Range(0, 12).Select(i => Workloads.LongTailedPack.GetLength(i) * 2)]);

    /// <summary>Bytes of a bool mask.</summary>
    internal long Bytes => (long)_layout.TokenCount * _layout.TokenCount;

    [Benchmark(Baseline = true)]
    public void Fill()
    {
        using Tensor mask = empty(_layout.TokenCount, _layout.TokenCount, ScalarType.Bool);
        mask.bytes.Fill(1);
    }

    [Benchmark]
    public void Bool() => BlockDiagonalMask.Create(_layout, ScalarType.Bool).Dispose();

    [Benchmark]
    public void BoolNotCausal() => BlockDiagonalMask.Create(_layout, ScalarType.Bool, causal: false).Dispose();

    [Benchmark]
    public void Additive() => BlockDiagonalMask.Create(_layout, ScalarType.Float32).Dispose();
}
