using BenchmarkDotNet.Attributes;
using LongAlign.Attention;
using LongAlign.Collation;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Benchmarks;

/// <summary>Forward and backward of the attention of a pack (8 heads of 64, float32), against a dense mask made beforehand.</summary>
[MemoryDiagnoser]
public class AttentionBenchmarks
{
    private const int Heads = 8;
    private const int HeadSize = 64;
    private readonly PackLayout _layout = Workloads.LongTailedPack;
    private Tensor[] _inputs = [];
    private Tensor? _mask;

    [GlobalSetup]
    public void SetUp()
    {
        random.manual_seed(42);
        _mask = BlockDiagonalMask.Create(_layout, ScalarType.Float32);
        _inputs = [.. Enumerable.Range(0, 3).Select(_ => randn(_layout.TokenCount, Heads, HeadSize, requires_grad: true))];
    }

    [Benchmark(Baseline = true)]
    public void DenseMask() => ForwardAndBackward((query, key, value) =>
        nn.functional.scaled_dot_product_attention(HeadsFirst(query), HeadsFirst(key), HeadsFirst(value), _mask!));

    [Benchmark]
    public void BlockDiagonal() => ForwardAndBackward((query, key, value) => BlockDiagonalAttention.Forward(query, key, value, _layout));

    private void ForwardAndBackward(Func<Tensor, Tensor, Tensor, Tensor> attention)
    {
        using DisposeScope scope = NewDisposeScope();
        attention(_inputs[0], _inputs[1], _inputs[2]).sum().backward();
        foreach (Tensor input in _inputs)
        {
            input.grad!.zero_();
        }
    }

    /// <summary>[tokens, heads, size] to [1, heads, tokens, size].</summary>
    private static Tensor HeadsFirst(Tensor tensor) => tensor.transpose(0, 1).unsqueeze(0);
}
