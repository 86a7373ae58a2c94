using static TorchSharp.torch;

namespace LongAlign.Attention;

/// <summary>
/// Grouped-query heads for operators that want as many key heads as query heads: the groups become a batch along which keys and values
/// have stride 0. All are views.
/// </summary>
internal static class GroupedHeads
{
    /// <summary>[tokens, heads, head_dim] to [groups, heads / groups, tokens, head_dim].</summary>
    public static Tensor FoldQuery(Tensor query, long groups)
        => query.unflatten(1, [query.shape[1] / groups, groups]).permute(2, 1, 0, 3);

    /// <summary>[tokens, kv_heads, head_dim] to [groups, kv_heads, tokens, head_dim].</summary>
    public static Tensor FoldKey(Tensor key, long groups)
        => key.transpose(0, 1).unsqueeze(0).expand(groups, -1, -1, -1);

    /// <summary>Undoes <see cref="FoldQuery"/>, by a copy if there are groups.</summary>
    public static Tensor UnfoldQuery(Tensor folded) => folded.permute(2, 1, 0, 3).flatten(1, 2);
}
