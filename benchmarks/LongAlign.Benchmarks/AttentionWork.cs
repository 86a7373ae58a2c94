using LongAlign.Attention;
using LongAlign.Collation;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Benchmarks;

/// <summary>Random queries, keys, values and output gradients of a pack; each method is a forward and a backward pass.</summary>
internal sealed class AttentionWork : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly PackLayout _layout;
    private readonly Tensor[] _inputs;
    private readonly Tensor _gradient;
    private readonly Tensor[][] _alone;
    private readonly Tensor[] _aloneGradients;
    private Tensor? _mask;

    public AttentionWork(PackLayout layout, int heads, int headDim, ScalarType dtype)
    {
        random.manual_seed(42);
        _layout = layout;
        _inputs = [.. Enumerable.Range(0, 3).Select(_ => randn(layout.TokenCount, heads, headDim).to(dtype).requires_grad_(true))];
        _gradient = randn(layout.TokenCount, heads, headDim).to(dtype);
        _alone = [.. Enumerable.Range(0, layout.SequenceCount).Select(i => _inputs.Select(t => Own(t, i).requires_grad_(true)).ToArray())];
        _aloneGradients = [.. Enumerable.Range(0, layout.SequenceCount).Select(i => Own(_gradient, i))];

        Tensor Own(Tensor tensor, int i) => tensor.detach().narrow(0, layout.CuSeqLens[i], layout.GetLength(i)).clone();
    }

    public void Pack() => ForwardAndBackward((query, key, value) => BlockDiagonalAttention.Forward(query, key, value, _layout));

    /// <summary>Each sequence in separate tensors, in one fused call; all outputs are there before the first gradient, as in a training step.</summary>
    public void EachAlone()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] outputs = [.. _alone.Select(qkv => nn.functional.scaled_dot_product_attention(
            HeadsFirst(qkv[0]), HeadsFirst(qkv[1]), HeadsFirst(qkv[2]), is_casual: true).transpose(1, 2).squeeze(0))];
        for (int i = 0; i < outputs.Length; i++)
        {
            outputs[i].backward([_aloneGradients[i]]);
        }

        foreach (Tensor input in _alone.SelectMany(qkv => qkv))
        {
            input.grad = null;
        }
    }

    /// <summary>Over a mask made beforehand, to be added.</summary>
    public void DenseMask()
    {
        _mask ??= BlockDiagonalMask.Create(_layout, ScalarType.Float32);
        ForwardAndBackward((query, key, value) =>
            nn.functional.scaled_dot_product_attention(HeadsFirst(query), HeadsFirst(key), HeadsFirst(value), _mask).transpose(1, 2).squeeze(0));
    }

    public void Dispose()
    {
        _mask?.Dispose();
        _scope.Dispose();
    }

    /// <summary>[tokens, heads, size] to [1, heads, tokens, size].</summary>
    private static Tensor HeadsFirst(Tensor tensor) => tensor.transpose(0, 1).unsqueeze(0);

    private void ForwardAndBackward(Func<Tensor, Tensor, Tensor, Tensor> attention)
    {
        using DisposeScope scope = NewDisposeScope();
        attention(_inputs[0], _inputs[1], _inputs[2]).backward([_gradient]);
        foreach (Tensor input in _inputs)
        {
            input.grad = null;
        }
    }
}
