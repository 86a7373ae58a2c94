using LongAlign.Collation;
using LongAlign.Native;
using static TorchSharp.torch;

namespace LongAlign.Attention;

/// <summary>One launch for all sequences, by the operators that libtorch ships for CUDA; gradients are libtorch's own.</summary>
/// <remarks>Tensors are without padding; every method leaves its tensors to the scope of the caller.</remarks>
internal static class VarlenAttention
{
    private const long CausalFromTopLeft = 1;

    public static Tensor Flash(Tensor query, Tensor key, Tensor value, PackLayout layout, AttentionOptions options)
    {
        Tensor cuSeqLens = CuSeqLensOn(query.device, layout);
        // FlashAttention counts the tokens beside the token itself.
        long? side = options.Window is { } window ? window - 1 : null;
        Span<ulong> results = stackalloc ulong[5]; // output, logsumexp, random state, unused, debugging mask
        Aten.Call(
            "aten::_flash_attention_forward"u8,
            results,
            [
                Aten.Arg(query),
                Aten.Arg(key),
                Aten.Arg(value),
                Aten.Optional(cuSeqLens),
                Aten.Optional(cuSeqLens),
                Aten.Arg((long)layout.MaxSeqLen),
                Aten.Arg((long)layout.MaxSeqLen),
                Aten.Arg(0.0), // no dropout
                Aten.Arg(options.Causal),
                Aten.Arg(false), // no debugging mask
                Aten.Optional(options.Scale),
                Aten.Optional(side),
                Aten.Optional(options.Causal && side is not null ? 0L : side),
                Aten.None, // all keys are used
                Aten.None, // no ALiBi
            ]);
        return Tensors(results)[0];
    }

    public static Tensor Efficient(Tensor query, Tensor key, Tensor value, PackLayout layout, AttentionOptions options)
    {
        Tensor cuSeqLens = CuSeqLensOn(query.device, layout);
        long groups = query.shape[1] / key.shape[1];
        Span<ulong> results = stackalloc ulong[6]; // output, logsumexp, seed, offset, and both longest lengths
        Aten.Call(
            "aten::_efficient_attention_forward"u8,
            results,
            [
                Aten.Arg(query.unsqueeze(0)),
                Aten.Arg(Repeat(key)),
                Aten.Arg(Repeat(value)),
                Aten.None, // no bias
                Aten.Optional(cuSeqLens),
                Aten.Optional(cuSeqLens),
                Aten.Optional((long?)layout.MaxSeqLen),
                Aten.Optional((long?)layout.MaxSeqLen),
                Aten.Arg(0.0), // no dropout
                Aten.Arg(options.Causal ? CausalFromTopLeft : 0),
                Aten.Arg(true), // the backward pass needs the logsumexp
                Aten.Optional(options.Scale),
                Aten.None, // all keys are used
                Aten.None, // no window
            ]);
        return Tensors(results[..4])[0].squeeze(0);

        Tensor Repeat(Tensor heads) => (groups == 1 ? heads : heads.repeat_interleave(groups, 1)).unsqueeze(0);
    }

    private static Tensor[] Tensors(ReadOnlySpan<ulong> results)
    {
        Tensor[] tensors = new Tensor[results.Length];
        for (int i = 0; i < tensors.Length; i++)
        {
            tensors[i] = Aten.ToTensor(results[i]);
        }

        return tensors;
    }

    /// <summary>A few hundred bytes, made for each call: a copy kept with the layout would need an owner.</summary>
    private static Tensor CuSeqLensOn(Device device, PackLayout layout) => tensor(layout.CuSeqLens.ToArray(), ScalarType.Int32).to(device);
}
