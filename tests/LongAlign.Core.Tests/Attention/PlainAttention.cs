using LongAlign.Attention;
using LongAlign.Collation;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Attention;

/// <summary>Attention as it is written in a textbook, over a dense mask, in float64.</summary>
internal static class PlainAttention
{
    public static Tensor Forward(Tensor query, Tensor key, Tensor value, PackLayout layout, AttentionOptions options)
    {
        using DisposeScope scope = NewDisposeScope();
        long groups = query.shape[1] / key.shape[1];
        Tensor q = query.to(ScalarType.Float64).transpose(0, 1); // [heads, tokens, head_dim]
        Tensor k = key.to(ScalarType.Float64).repeat_interleave(groups, 1).transpose(0, 1);
        Tensor v = value.to(ScalarType.Float64).repeat_interleave(groups, 1).transpose(0, 1);
        double scale = options.Scale ?? (1 / Math.Sqrt(query.shape[2]));
        Tensor mask = BlockDiagonalMask.Create(layout, ScalarType.Bool, options.Causal).to(query.device);
        if (options.Window is { } window)
        {
            Tensor position = arange(layout.TokenCount, device: query.device);
            mask = mask.logical_and((position.unsqueeze(1) - position).abs() < window);
        }

        Tensor products = q.matmul(k.transpose(1, 2)) * scale;
        Tensor scores = (options.SoftCap is { } cap ? (products / cap).tanh() * cap : products).masked_fill(mask.logical_not(), double.NegativeInfinity);
        Tensor output = scores.softmax(-1).matmul(v).transpose(0, 1);
        Tensor real = arange(layout.TokenCount, device: query.device) < layout.CuSeqLens[^1];
        return (output * real.view(-1, 1, 1)).MoveToOuterDisposeScope();
    }
}
