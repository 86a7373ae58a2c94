using LongAlign.Collation;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Attention;

/// <summary>
/// Attention on the CPU as one autograd function over tiles, each a call of libtorch's fused kernel: no graph node for each sequence,
/// nothing saved but inputs, output and the logsumexp of every row.
/// </summary>
internal sealed class TiledAttention : autograd.SingleTensorFunction<TiledAttention>
{
    public override string Name => nameof(TiledAttention);

    /// <summary>Tensors are without padding.</summary>
    public static Tensor Run(Tensor query, Tensor key, Tensor value, PackLayout layout, AttentionOptions options)
    {
        return apply(Rows(query), Rows(key), Rows(value), TilePlan.Of(layout, options));

        // The kernel reads the numbers of a head side by side, whatever the strides say.
        static Tensor Rows(Tensor tensor) => tensor.stride(2) == 1 ? tensor : tensor.contiguous();
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] inputs)
    {
        (Tensor query, Tensor key, Tensor value) = ((Tensor)inputs[0], (Tensor)inputs[1], (Tensor)inputs[2]);
        TilePlan plan = (TilePlan)inputs[3];
        using DisposeScope scope = NewDisposeScope();
        FusedKernel kernel = new(query.shape[1] / key.shape[1], plan.Scale);
        using BandMask? band = plan.MakeBand(query.dtype);
        Tensor output = empty(query.shape, query.dtype);
        List<Tensor> saved = [query, key, value, output.detach()];
        foreach (AttentionTile tile in plan.Tiles)
        {
            using DisposeScope step = NewDisposeScope();
            (Tensor attended, Tensor logSumExp) = kernel.Forward(tile.Queries(query), tile.Keys(key), tile.Keys(value), tile.Causal, tile.Mask(band));
            tile.WriteQueries(output, attended);
            saved.Add(logSumExp.MoveToOuterDisposeScope());
        }

        ctx.save_for_backward(saved);
        ctx.save_data("plan", plan);
        foreach (Tensor tensor in saved.Skip(3))
        {
            tensor.MoveToOuterDisposeScope(); // they must be alive when they are saved, which is after this
        }

        return output.MoveToOuterDisposeScope();
    }

    // An exception here would end the process: nothing is called that forward has not called with the same shapes.
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor gradient)
    {
        TilePlan plan = (TilePlan)ctx.get_data("plan");
        using DisposeScope scope = NewDisposeScope();
        using var noGrad = no_grad();
        List<Tensor> saved = ctx.get_saved_variables();
        (Tensor query, Tensor key, Tensor value, Tensor output) = (saved[0], saved[1], saved[2], saved[3]);
        FusedKernel kernel = new(query.shape[1] / key.shape[1], plan.Scale);
        using BandMask? band = plan.MakeBand(query.dtype);
        Tensor queryGradient = empty(query.shape, query.dtype);
        Tensor keyGradient = plan.KeysOverlap ? zeros(key.shape, key.dtype) : empty(key.shape, key.dtype);
        Tensor valueGradient = plan.KeysOverlap ? zeros(value.shape, value.dtype) : empty(value.shape, value.dtype);
        for (int i = 0; i < plan.Tiles.Count; i++)
        {
            using DisposeScope step = NewDisposeScope();
            AttentionTile tile = plan.Tiles[i];
            (Tensor Query, Tensor Key, Tensor Value) gradients = kernel.Backward(
                tile.QueryGradients(gradient), tile.Queries(query), tile.Keys(key), tile.Keys(value), tile.Queries(output), saved[4 + i], tile.Causal, tile.Mask(band));
            tile.WriteQueries(queryGradient, gradients.Query);
            tile.WriteKeys(keyGradient, gradients.Key);
            tile.WriteKeys(valueGradient, gradients.Value);
        }

        return [queryGradient.MoveToOuterDisposeScope(), keyGradient.MoveToOuterDisposeScope(), valueGradient.MoveToOuterDisposeScope(), null!];
    }
}
