using static TorchSharp.torch;

namespace LongAlign.Attention;

/// <summary>
/// Grouped-query heads for operators that want as many key heads as query heads: the groups become a dimension of the batch along which
/// keys and values have stride 0, so that one sequence is folded without a copy.
/// </summary>
internal static class GroupedHeads
{
    /// <summary>[batch, length, heads, head_dim] to [batch * groups, heads / groups, length, head_dim].</summary>
    public static Tensor FoldQuery(Tensor query, long groups) => groups == 1
        ? query.transpose(1, 2)
        : query.unflatten(2, [query.shape[2] / groups, groups]).permute(0, 3, 2, 1, 4).flatten(0, 1);

    /// <summary>[batch, length, kv_heads, head_dim] to [batch * groups, kv_heads, length, head_dim].</summary>
    public static Tensor FoldKey(Tensor key, long groups)
    {
        if (groups == 1)
        {
            return key.transpose(1, 2);
        }

        long[] shape = key.shape;
        return key.unsqueeze(1).expand(shape[0], groups, shape[1], shape[2], shape[3]).flatten(0, 1).transpose(1, 2);
    }

    /// <summary>Undoes <see cref="FoldQuery"/>.</summary>
    public static Tensor UnfoldQuery(Tensor folded, long groups) => groups == 1
        ? folded.transpose(1, 2)
        : folded.unflatten(0, [folded.shape[0] / groups, groups]).permute(0, 3, 2, 1, 4).flatten(2, 3);

    /// <summary>The gradient of <see cref="FoldKey"/>: the sum over the groups.</summary>
    public static Tensor SumKey(Tensor folded, long groups) => groups == 1
        ? folded.transpose(1, 2)
        : folded.unflatten(0, [folded.shape[0] / groups, groups]).sum(1).transpose(1, 2);
}
