using System.Numerics;
using LongAlign.Collation;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Attention;

/// <summary>
/// Attention of a pack that ranks share (DeepSpeed-Ulysses, Jacobs et al. 2023): each rank gives the others their heads of its tokens, attends over
/// the whole pack with the heads that it got, and gets the outputs of its tokens back.
/// </summary>
internal static class SharedAttention
{
    /// <summary>Tensors are of the tokens of this rank; the result joins the caller's dispose scope.</summary>
    /// <exception cref="ArgumentException">The heads can't be dealt out.</exception>
    public static Tensor Forward(Tensor query, Tensor key, Tensor value, PackPart part, AttentionOptions options)
    {
        using DisposeScope scope = NewDisposeScope();
        long heads = query.shape[1] / part.Count;
        if (heads * part.Count != query.shape[1])
        {
            throw new ArgumentException($"{query.shape[1]} heads can't be dealt to the {part.Count} ranks that share a pack; expected a multiple of {part.Count}.");
        }

        // Fewer key heads than ranks, or a number that isn't a multiple, are repeated up to the least that is: every rank then has whole groups.
        long repeats = part.Count / (long)BigInteger.GreatestCommonDivisor(key.shape[1], part.Count);
        long keyHeads = key.shape[1] * repeats / part.Count;
        Tensor parts = cat([ByRank(query, 1), ByRank(key, repeats), ByRank(value, repeats)], 2).contiguous();
        Tensor[] whole = part.Exchange.Exchange(parts).flatten(0, 1).split([heads, keyHeads, keyHeads], 1);
        Tensor attended = BlockDiagonalAttention.Forward(whole[0], whole[1], whole[2], part.Whole, options);
        Tensor outputs = part.Exchange.Exchange(attended.unflatten(0, [part.Count, part.TokenCount]).contiguous());
        return outputs.transpose(0, 1).flatten(1, 2).MoveToOuterDisposeScope();

        // [tokens, heads, head_dim] to [ranks, tokens, heads of one rank, head_dim].
        Tensor ByRank(Tensor tensor, long times)
            => (times == 1 ? tensor : tensor.repeat_interleave(times, 1)).unflatten(1, [part.Count, -1]).transpose(0, 1);
    }
}
