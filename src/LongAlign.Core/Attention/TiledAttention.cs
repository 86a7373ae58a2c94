using LongAlign.Collation;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Attention;

/// <summary>
/// Attention on the CPU as one autograd function over tiles, each a call of libtorch's fused kernel on views of the pack: no graph node
/// for each sequence, nothing saved but inputs, output and one number for each row and head.
/// </summary>
internal sealed class TiledAttention : autograd.SingleTensorFunction<TiledAttention>
{
    public override string Name => nameof(TiledAttention);

    /// <summary>Tensors are without padding.</summary>
    public static Tensor Run(Tensor query, Tensor key, Tensor value, PackLayout layout, AttentionOptions options)
    {
        HandedOverGradients<TiledAttention>.DisposeLast();
        return apply(Rows(query), Rows(key), Rows(value), new TilePlan(layout, options));

        // The kernel reads the numbers of a head side by side, whatever the strides say.
        static Tensor Rows(Tensor tensor) => tensor.stride(2) == 1 ? tensor : tensor.contiguous();
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] inputs)
    {
        (Tensor query, Tensor key, Tensor value) = ((Tensor)inputs[0], (Tensor)inputs[1], (Tensor)inputs[2]);
        TilePlan plan = (TilePlan)inputs[3];
        using DisposeScope scope = NewDisposeScope();
        long groups = query.shape[1] / key.shape[1];
        (Tensor queries, Tensor keys, Tensor values) = (GroupedHeads.FoldQuery(query, groups), GroupedHeads.FoldKey(key, groups), GroupedHeads.FoldKey(value, groups));
        Tensor output = empty(query.shape, query.dtype);
        Tensor outputs = GroupedHeads.FoldQuery(output, groups);
        Tensor logSumExp = empty(queries.shape[..3], query.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32);
        using BandMask? band = plan.MakeBand();
        foreach (AttentionTile tile in plan.Tiles)
        {
            using DisposeScope step = NewDisposeScope();
            ScalarType dtype = FusedKernel.DtypeFor(query.dtype, tile.Length);
            (Tensor attended, Tensor normalizer) = FusedKernel.Forward(
                tile.Queries(queries).to(dtype),
                tile.Keys(keys).to(dtype),
                tile.Keys(values).to(dtype),
                plan.Options.Causal && !tile.Windowed,
                tile.Windowed ? band!.Slice(tile, dtype) : null,
                plan.Options.Scale);
            tile.Queries(outputs).copy_(attended);
            tile.Queries(logSumExp).copy_(normalizer);
        }

        // What is saved must be alive when this returns; the output itself would hold its own graph.
        List<Tensor> saved = [query, key, value, output.detach().MoveToOuterDisposeScope(), logSumExp.MoveToOuterDisposeScope()];
        ctx.save_for_backward(saved);
        ctx.save_data(nameof(TilePlan), plan);
        return output.MoveToOuterDisposeScope();
    }

    // An exception here would end the process: nothing is called that forward has not called with the same shapes.
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor gradient)
    {
        HandedOverGradients<TiledAttention>.DisposeLast();
        TilePlan plan = (TilePlan)ctx.get_data(nameof(TilePlan));
        using DisposeScope scope = NewDisposeScope();
        using Tensor mine = gradient;
        using var noGrad = no_grad();
        List<Tensor> saved = ctx.get_saved_variables();
        (Tensor query, Tensor key, Tensor value, Tensor logSumExp) = (saved[0], saved[1], saved[2], saved[4]);
        long groups = query.shape[1] / key.shape[1];
        (Tensor queries, Tensor keys, Tensor values) = (GroupedHeads.FoldQuery(query, groups), GroupedHeads.FoldKey(key, groups), GroupedHeads.FoldKey(value, groups));
        (Tensor outputs, Tensor gradients) = (GroupedHeads.FoldQuery(saved[3], groups), GroupedHeads.FoldQuery(gradient, groups));
        Tensor queryGradient = empty(query.shape, query.dtype);
        Tensor queryGradients = GroupedHeads.FoldQuery(queryGradient, groups);
        KeyGradient keyGradient = new(key, groups, plan.Windowed);
        KeyGradient valueGradient = new(value, groups, plan.Windowed);
        using BandMask? band = plan.MakeBand();
        foreach (AttentionTile tile in plan.Tiles)
        {
            using DisposeScope step = NewDisposeScope();
            ScalarType dtype = FusedKernel.DtypeFor(query.dtype, tile.Length);
            (Tensor ofQuery, Tensor ofKey, Tensor ofValue) = FusedKernel.Backward(
                tile.Queries(gradients).to(dtype),
                tile.Queries(queries).to(dtype),
                tile.Keys(keys).to(dtype),
                tile.Keys(values).to(dtype),
                tile.Queries(outputs).to(dtype),
                tile.Queries(logSumExp),
                plan.Options.Causal && !tile.Windowed,
                tile.Windowed ? band!.Slice(tile, dtype) : null,
                plan.Options.Scale);
            tile.Queries(queryGradients).copy_(ofQuery);
            keyGradient.Write(tile, ofKey);
            valueGradient.Write(tile, ofValue);
        }

        return HandedOverGradients<TiledAttention>.HandOver(
            queryGradient.DetachFromDisposeScope(), keyGradient.Tensor.DetachFromDisposeScope(), valueGradient.Tensor.DetachFromDisposeScope());
    }

    /// <summary>The gradient of keys or values: summed over the groups, and over tiles where these overlap.</summary>
    private sealed class KeyGradient(Tensor of, long groups, bool overlap)
    {
        private Tensor? _folded;

        public Tensor Tensor { get; } = overlap ? zeros(of.shape, of.dtype) : empty(of.shape, of.dtype);

        public void Write(AttentionTile tile, Tensor gradient)
        {
            Tensor target = tile.Keys(_folded ??= GroupedHeads.FoldKey(Tensor, 1).MoveToOuterDisposeScope());
            Tensor sum = groups == 1 ? gradient : gradient.sum(0, keepdim: true);
            if (overlap)
            {
                target.add_(sum);
            }
            else
            {
                target.copy_(sum);
            }
        }
    }
}
