using LongAlign.Collation;
using LongAlign.Native;
using static TorchSharp.torch;

namespace LongAlign.Attention;

/// <summary>libtorch's general attention operator: over one dense mask, or over one sequence after another.</summary>
/// <remarks>Tensors are without padding; every method leaves its tensors to the scope of the caller.</remarks>
internal static class MaskedAttention
{
    public static Tensor Forward(Tensor query, Tensor key, Tensor value, PackLayout layout, AttentionOptions options)
    {
        Tensor mask = BlockDiagonalMask.Create(new PackLayout(layout.CuSeqLens), ScalarType.Bool, options.Causal).to(query.device);
        return Attend(query, key, value, options, options.Window is { } window ? Band(mask, window) : mask);
    }

    public static Tensor ForwardEach(Tensor query, Tensor key, Tensor value, PackLayout layout, AttentionOptions options)
    {
        // split, not narrow: the backward of a narrow fills a whole gradient with zeros for each sequence.
        long[] sizes = [.. Enumerable.Range(0, layout.SequenceCount).Select(i => (long)layout.GetLength(i))];
        Tensor[] queries = query.split(sizes, 0);
        Tensor[] keys = key.split(sizes, 0);
        Tensor[] values = value.split(sizes, 0);
        return cat([.. sizes.Select((length, i) => Attend(queries[i], keys[i], values[i], options, MaskOf(length)))], 0);

        Tensor? MaskOf(long length)
        {
            bool windowed = options.Window < length;
            if (!windowed && options.SoftCap is null)
            {
                return null; // the operator knows causality alone
            }

            Tensor mask = ones(length, length, ScalarType.Bool, query.device);
            Tensor seen = options.Causal ? mask.tril() : mask;
            return windowed ? Band(seen, options.Window!.Value) : seen;
        }
    }

    private static Tensor Band(Tensor mask, int window) => mask.triu(1 - window).tril(window - 1);

    private static Tensor Attend(Tensor query, Tensor key, Tensor value, AttentionOptions options, Tensor? mask)
    {
        long groups = query.shape[1] / key.shape[1];
        if (options.SoftCap is not null)
        {
            (Tensor scores, _) = CappedAttention.Scores(GroupedHeads.FoldQuery(query, groups), GroupedHeads.FoldKey(key, groups), mask?.logical_not(), options);
            return GroupedHeads.UnfoldQuery(scores.softmax(-1).matmul(GroupedHeads.FoldKey(value, groups)));
        }

        Tensor output = Aten.CallForTensor(
            "aten::scaled_dot_product_attention"u8,
            Aten.Arg(GroupedHeads.FoldQuery(query, groups)),
            Aten.Arg(GroupedHeads.FoldKey(key, groups)),
            Aten.Arg(GroupedHeads.FoldKey(value, groups)),
            Aten.Optional(mask),
            Aten.Arg(0.0), // no dropout
            Aten.Arg(mask is null && options.Causal),
            Aten.Optional(options.Scale),
            Aten.Arg(false)); // groups are folded
        return GroupedHeads.UnfoldQuery(output);
    }
}
