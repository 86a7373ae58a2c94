using LongAlign.Attention;
using static TorchSharp.torch;

namespace LongAlign.Models.Decoders;

/// <summary>The attention of a forward pass.</summary>
internal interface IAttention
{
    /// <summary>Attention of one layer; the result joins the caller's dispose scope.</summary>
    /// <param name="layer">The layer's number, from 0.</param>
    /// <param name="query">[tokens, heads, head_dim].</param>
    /// <param name="key">[tokens, kv_heads, head_dim].</param>
    /// <param name="value">[tokens, kv_heads, head_dim].</param>
    /// <param name="options">With the layer's window.</param>
    /// <returns>[tokens, heads, head_dim].</returns>
    Tensor Attend(int layer, Tensor query, Tensor key, Tensor value, AttentionOptions options);
}
