using LongAlign.Collation;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Attention;

/// <summary>
/// Attention with a soft cap on its scores (Gemma 2), which no fused kernel takes: one autograd function over blocks of queries. The backward
/// pass computes the scores again, so that memory grows with the sequence and not with its square.
/// </summary>
internal sealed class CappedAttention : autograd.SingleTensorFunction<CappedAttention>
{
    private const int BlockLength = 128;

    public override string Name => nameof(CappedAttention);

    /// <summary>Tensors are without padding.</summary>
    public static Tensor Run(Tensor query, Tensor key, Tensor value, PackLayout layout, AttentionOptions options)
    {
        HandedOverGradients<CappedAttention>.DisposeLast();
        return apply(query, key, value, new TilePlan(layout, options, BlockLength));
    }

    /// <summary>cap x tanh(scores / cap) with forbidden keys at minus infinity, and the tanh; left to the scope of the caller.</summary>
    /// <param name="query">[..., queries, head_dim].</param>
    /// <param name="key">[..., keys, head_dim].</param>
    /// <param name="forbidden">[queries, keys]; null: all are allowed.</param>
    /// <param name="options">With the cap.</param>
    public static (Tensor Scores, Tensor Tanh) Scores(Tensor query, Tensor key, Tensor? forbidden, AttentionOptions options)
    {
        double cap = options.SoftCap!.Value;
        Tensor tanh = query.matmul(key.transpose(-1, -2)).mul_(ScaleOf(query, options) / cap).tanh_();
        Tensor scores = tanh * cap;
        return (forbidden is null ? scores : scores.masked_fill_(forbidden, double.NegativeInfinity), tanh);
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] inputs)
    {
        (Tensor query, Tensor key, Tensor value) = ((Tensor)inputs[0], (Tensor)inputs[1], (Tensor)inputs[2]);
        TilePlan plan = (TilePlan)inputs[3];
        using DisposeScope scope = NewDisposeScope();
        Heads heads = new(query, key, value);
        Tensor output = empty(query.shape, query.dtype, query.device);
        Tensor outputs = GroupedHeads.FoldQuery(output, heads.Groups);
        foreach (AttentionTile tile in plan.Tiles)
        {
            using DisposeScope step = NewDisposeScope();
            (Tensor scores, _) = Scores(heads.Queries(tile), heads.Keys(tile), Forbidden(tile, plan.Options, query.device), plan.Options);
            tile.Queries(outputs).copy_(scores.softmax(-1).matmul(heads.Values(tile)));
        }

        ctx.save_for_backward([query, key, value]);
        ctx.save_data(nameof(TilePlan), plan);
        return output.MoveToOuterDisposeScope();
    }

    // An exception here would end the process: nothing is called that forward has not called with the same shapes.
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor gradient)
    {
        HandedOverGradients<CappedAttention>.DisposeLast();
        TilePlan plan = (TilePlan)ctx.get_data(nameof(TilePlan));
        using DisposeScope scope = NewDisposeScope();
        using Tensor mine = gradient;
        using var noGrad = no_grad();
        List<Tensor> saved = ctx.get_saved_variables();
        Heads heads = new(saved[0], saved[1], saved[2]);
        Tensor gradients = GroupedHeads.FoldQuery(gradient, heads.Groups);
        Tensor[] results = [.. saved.Take(3).Select(tensor => zeros(tensor.shape, Heads.Wide(tensor.dtype), tensor.device))];
        Tensor queryGradients = GroupedHeads.FoldQuery(results[0], heads.Groups);
        Tensor keyGradients = GroupedHeads.FoldKey(results[1], 1);
        Tensor valueGradients = GroupedHeads.FoldKey(results[2], 1);
        foreach (AttentionTile tile in plan.Tiles)
        {
            using DisposeScope step = NewDisposeScope();
            (Tensor queries, Tensor keys) = (heads.Queries(tile), heads.Keys(tile));
            (Tensor scores, Tensor tanh) = Scores(queries, keys, Forbidden(tile, plan.Options, gradient.device), plan.Options);
            Tensor shares = scores.softmax(-1);
            Tensor ofOutput = tile.Queries(gradients).to(queries.dtype);
            Tensor ofShares = ofOutput.matmul(heads.Values(tile).transpose(-1, -2));
            Tensor ofScores = ofShares.sub_((ofShares * shares).sum(-1, keepdim: true)).mul_(shares);
            Tensor slopes = tanh.mul_(tanh).neg_().add_(1); // of tanh
            Tensor ofProducts = ofScores.mul_(slopes).mul_(ScaleOf(queries, plan.Options));
            tile.Queries(queryGradients).copy_(ofProducts.matmul(keys));
            tile.Keys(keyGradients).add_(ofProducts.transpose(-1, -2).matmul(queries).sum(0, keepdim: true));
            tile.Keys(valueGradients).add_(shares.transpose(-1, -2).matmul(ofOutput).sum(0, keepdim: true));
        }

        return HandedOverGradients<CappedAttention>.HandOver([.. results.Select((result, i) => result.to(saved[i].dtype).DetachFromDisposeScope())]);
    }

    private static double ScaleOf(Tensor query, AttentionOptions options) => options.Scale ?? (1 / Math.Sqrt(query.shape[^1]));

    private static Tensor? Forbidden(AttentionTile tile, AttentionOptions options, Device device)
    {
        Tensor ahead = arange(tile.KeyStart, tile.KeyStart + tile.KeyLength, device: device) - arange(tile.Start, tile.Start + tile.Length, device: device).unsqueeze(1);
        Tensor? forbidden = options.Causal ? ahead > 0 : null;
        if (options.Window is { } window)
        {
            Tensor outside = ahead.abs() >= window;
            forbidden = forbidden?.logical_or(outside) ?? outside;
        }

        return forbidden;
    }

    /// <summary>Query, key and value with the groups folded; a tile's part comes in float32 at the least.</summary>
    private sealed class Heads(Tensor query, Tensor key, Tensor value)
    {
        private readonly Tensor _queries = GroupedHeads.FoldQuery(query, query.shape[1] / key.shape[1]);
        private readonly Tensor _keys = GroupedHeads.FoldKey(key, 1);
        private readonly Tensor _values = GroupedHeads.FoldKey(value, 1);

        public long Groups { get; } = query.shape[1] / key.shape[1];

        public static ScalarType Wide(ScalarType dtype) => dtype == ScalarType.Float64 ? dtype : ScalarType.Float32;

        public Tensor Queries(AttentionTile tile) => tile.Queries(_queries).to(Wide(_queries.dtype));

        public Tensor Keys(AttentionTile tile) => tile.Keys(_keys).to(Wide(_keys.dtype));

        public Tensor Values(AttentionTile tile) => tile.Keys(_values).to(Wide(_values.dtype));
    }
}
