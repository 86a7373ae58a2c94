using LongAlign.Native;
using static TorchSharp.torch;

namespace LongAlign.Attention;

/// <summary>libtorch's fused attention for the CPU, [batch, length, heads, head_dim] in and out. It never builds a row of scores longer than 512.</summary>
/// <param name="groups">Query heads for each key head.</param>
/// <param name="scale">Factor of the scores; null for the usual one.</param>
internal sealed class FusedKernel(long groups, double? scale)
{
    public (Tensor Output, Tensor LogSumExp) Forward(Tensor query, Tensor key, Tensor value, bool causal, Tensor? mask)
    {
        Span<ulong> results = stackalloc ulong[2];
        Aten.Call(
            "aten::_scaled_dot_product_flash_attention_for_cpu"u8,
            results,
            [
                Aten.Arg(GroupedHeads.FoldQuery(query, groups)),
                Aten.Arg(GroupedHeads.FoldKey(key, groups)),
                Aten.Arg(GroupedHeads.FoldKey(value, groups)),
                Aten.Arg(0.0), // no dropout
                Aten.Arg(causal),
                Aten.Optional(mask),
                Aten.Optional(scale),
            ]);
        return (GroupedHeads.UnfoldQuery(Aten.ToTensor(results[0]), groups), Aten.ToTensor(results[1]));
    }

    public (Tensor Query, Tensor Key, Tensor Value) Backward(
        Tensor gradient, Tensor query, Tensor key, Tensor value, Tensor output, Tensor logSumExp, bool causal, Tensor? mask)
    {
        Span<ulong> results = stackalloc ulong[3];
        Aten.Call(
            "aten::_scaled_dot_product_flash_attention_for_cpu_backward"u8,
            results,
            [
                Aten.Arg(GroupedHeads.FoldQuery(gradient, groups)),
                Aten.Arg(GroupedHeads.FoldQuery(query, groups)),
                Aten.Arg(GroupedHeads.FoldKey(key, groups)),
                Aten.Arg(GroupedHeads.FoldKey(value, groups)),
                Aten.Arg(GroupedHeads.FoldQuery(output, groups)),
                Aten.Arg(logSumExp),
                Aten.Arg(0.0), // no dropout
                Aten.Arg(causal),
                Aten.Optional(mask),
                Aten.Optional(scale),
            ]);
        return (GroupedHeads.UnfoldQuery(Aten.ToTensor(results[0]), groups),
            GroupedHeads.SumKey(Aten.ToTensor(results[1]), groups),
            GroupedHeads.SumKey(Aten.ToTensor(results[2]), groups));
    }
}
