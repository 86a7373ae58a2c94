using LongAlign.Native;
using static TorchSharp.torch;

namespace LongAlign.Attention;

/// <summary>libtorch's fused attention for the CPU, of [batch, heads, tokens, head_dim]. It builds scores of 256 x 512 at most.</summary>
internal static class FusedKernel
{
    /// <summary>
    /// Below this length the kernel's products of two bfloat16 or float16 matrices are up to six times slower than of float32, because of
    /// what each call of them costs; above it they are faster.
    /// </summary>
    private const int MinReducedLength = 192;

    /// <summary>The dtype to compute a tile in.</summary>
    public static ScalarType DtypeFor(ScalarType dtype, int length)
        => dtype is ScalarType.BFloat16 or ScalarType.Float16 && length < MinReducedLength ? ScalarType.Float32 : dtype;

    public static (Tensor Output, Tensor LogSumExp) Forward(Tensor query, Tensor key, Tensor value, bool causal, Tensor? mask, double? scale)
    {
        Span<ulong> results = stackalloc ulong[2];
        Aten.Call(
            "aten::_scaled_dot_product_flash_attention_for_cpu"u8,
            results,
            [
                Aten.Arg(query),
                Aten.Arg(key),
                Aten.Arg(value),
                Aten.Arg(0.0), // no dropout
                Aten.Arg(causal),
                Aten.Optional(mask),
                Aten.Optional(scale),
            ]);
        return (Aten.ToTensor(results[0]), Aten.ToTensor(results[1]));
    }

    public static (Tensor Query, Tensor Key, Tensor Value) Backward(
        Tensor gradient, Tensor query, Tensor key, Tensor value, Tensor output, Tensor logSumExp, bool causal, Tensor? mask, double? scale)
    {
        Span<ulong> results = stackalloc ulong[3];
        Aten.Call(
            "aten::_scaled_dot_product_flash_attention_for_cpu_backward"u8,
            results,
            [
                Aten.Arg(gradient),
                Aten.Arg(query),
                Aten.Arg(key),
                Aten.Arg(value),
                Aten.Arg(output),
                Aten.Arg(logSumExp),
                Aten.Arg(0.0), // no dropout
                Aten.Arg(causal),
                Aten.Optional(mask),
                Aten.Optional(scale),
            ]);
        return (Aten.ToTensor(results[0]), Aten.ToTensor(results[1]), Aten.ToTensor(results[2]));
    }
}
