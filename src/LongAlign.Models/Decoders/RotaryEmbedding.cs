using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Models.Decoders;

/// <summary>Rotary positions (Su et al. 2021) of the tokens of a batch.</summary>
/// <param name="Cos">[tokens, 1, pairs].</param>
/// <param name="Sin">[tokens, 1, pairs].</param>
/// <param name="Interleaved">
/// Whether dimension 2i turns with 2i + 1, as in the paper and ChatGLM, or i with i + pairs, as in Hugging Face's families.
/// </param>
internal readonly record struct RotaryEmbedding(Tensor Cos, Tensor Sin, bool Interleaved)
{
    /// <summary>Angles of positions, in float32 whatever the model's dtype: a bfloat16 can't tell position 257 from 258.</summary>
    public static RotaryEmbedding At(Tensor positionIds, RopeDescription rope, ScalarType dtype)
    {
        using DisposeScope scope = NewDisposeScope();
        ScalarType wide = WideDtype.Of(dtype);
        Tensor frequencies = rope.Frequencies(wide).to(positionIds.device);
        Tensor angles = (positionIds.to(wide).unsqueeze(1) * frequencies).unsqueeze(1);
        return new RotaryEmbedding(
            angles.cos().to(dtype).MoveToOuterDisposeScope(),
            angles.sin().to(dtype).MoveToOuterDisposeScope(),
            rope.Interleaved);
    }

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
}
