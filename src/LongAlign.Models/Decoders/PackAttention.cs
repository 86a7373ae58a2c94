using LongAlign.Attention;
using LongAlign.Collation;
using static TorchSharp.torch;

namespace LongAlign.Models.Decoders;

/// <summary>Each token attends to its own sequence of a pack.</summary>
internal sealed class PackAttention(PackLayout layout) : IAttention
{
    public Tensor Attend(int layer, Tensor query, Tensor key, Tensor value, AttentionOptions options)
        => BlockDiagonalAttention.Forward(query, key, value, layout, options);
}
