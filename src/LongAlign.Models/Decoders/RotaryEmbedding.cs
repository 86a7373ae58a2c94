using LongAlign.Collation;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Models.Decoders;

/// <summary>Rotary positions (Su et al. 2021) of the tokens of a batch.</summary>
/// <param name="Cos">[tokens, 1, pairs].</param>
/// <param name="Sin">[tokens, 1, pairs].</param>
/// <param name="Interleaved">
/// Whether dimension 2i turns with 2i + 1, as in the paper, ChatGLM and GLM, or i with i + pairs, as in the other families.
/// </param>
/// <param name="QueryScale">[tokens, 1, 1], a factor of turned queries; null: none.</param>
internal sealed record RotaryEmbedding(Tensor Cos, Tensor Sin, bool Interleaved, Tensor? QueryScale)
{
    /// <summary>All tensors, for those who keep them.</summary>
    public Tensor[] Tensors => QueryScale is null ? [Cos, Sin] : [Cos, Sin, QueryScale];

    /// <summary>Angles of positions, in float64 whatever the model's dtype: a bfloat16 can't tell position 257 from 258, and at 30,000 a float32 is off by 1e-3.</summary>
    public static RotaryEmbedding At(Tensor positionIds, PackLayout layout, RopeDescription rope, QueryScaling? queryScaling, ScalarType dtype)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor positions = positionIds.to(ScalarType.Float64).unsqueeze(1);
        Tensor angles = (positions * Frequencies(positionIds, layout, rope)).unsqueeze(1);
        double factor = rope.Scaling?.AttentionFactor ?? 1;
        Tensor? scale = queryScaling is null ? null : ((positions / queryScaling.Context).floor().log1p() * queryScaling.Beta) + 1;
        return new RotaryEmbedding(
            Scaled(angles.cos()).to(dtype).MoveToOuterDisposeScope(),
            Scaled(angles.sin()).to(dtype).MoveToOuterDisposeScope(),
            rope.Interleaved,
            scale?.unsqueeze(1).to(dtype).MoveToOuterDisposeScope());

        Tensor Scaled(Tensor tensor) => factor == 1 ? tensor : tensor * factor;
    }

    /// <summary>The same with other tensors, in the order of <see cref="Tensors"/>.</summary>
    public RotaryEmbedding With(IReadOnlyList<Tensor> tensors)
        => new(tensors[0], tensors[1], Interleaved, tensors.Count > 2 ? tensors[2] : null);

    /// <summary>Turns the query heads of each token by its position.</summary>
    /// <param name="heads">[tokens, heads, head_dim].</param>
    public Tensor RotateQuery(Tensor heads) => QueryScale is null ? Rotate(heads) : Rotate(heads) * QueryScale;

    /// <summary>Turns the heads of each token by its position; dimensions behind the last pair stay as they are.</summary>
    /// <param name="heads">[tokens, heads, head_dim].</param>
    public Tensor Rotate(Tensor heads)
    {
        using DisposeScope scope = NewDisposeScope();
        long pairs = Cos.shape[^1];
        long rest = heads.shape[^1] - (2 * pairs);
        Tensor[] parts = rest == 0 ? [heads] : heads.split([2 * pairs, rest], -1);
        Tensor[] ends = Interleaved ? parts[0].unflatten(2, [pairs, 2]).unbind(-1) : parts[0].chunk(2, -1);
        Tensor[] turned = [(ends[0] * Cos) - (ends[1] * Sin), (ends[1] * Cos) + (ends[0] * Sin)];
        Tensor rotated = Interleaved ? stack(turned, -1).flatten(2) : cat(turned, -1);
        return (rest == 0 ? rotated : cat([rotated, parts[1]], -1)).MoveToOuterDisposeScope();
    }

    /// <summary>[1, pairs], or [tokens, pairs] where sequences of different lengths have different frequencies.</summary>
    private static Tensor Frequencies(Tensor positionIds, PackLayout layout, RopeDescription rope)
    {
        if (rope.Scaling is not { DependsOnLength: true } scaling)
        {
            return tensor(rope.Frequencies(), device: positionIds.device).unsqueeze(0);
        }

        // Of a pack that ranks share, positions of a part are here; sequences are then whole ones.
        long[] positions = layout.Part is null ? positionIds.cpu().data<long>().ToArray() : [];
        long[] regimes = [.. Enumerable.Range(0, layout.SequenceCount)
            .Select(i => scaling.RegimeOf(layout.Part is null ? positions[layout.CuSeqLens[i]..layout.CuSeqLens[i + 1]].Max() + 1 : layout.GetLength(i)))];
        long[] distinct = [.. regimes.Distinct()];
        Tensor tables = stack([.. distinct.Select(regime => tensor(rope.Frequencies(regime)))]);
        long[] tableOf = new long[layout.TokenCount]; // padding stands at position 0: any table will do
        for (int i = 0; i < regimes.Length; i++)
        {
            Array.Fill(tableOf, Array.IndexOf(distinct, regimes[i]), layout.CuSeqLens[i], layout.GetLength(i));
        }

        long[] own = layout.Part is { } part ? tableOf[part.Start..(part.Start + part.TokenCount)] : tableOf;
        return tables.index_select(0, tensor(own)).to(positionIds.device);
    }
}
