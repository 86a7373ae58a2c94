using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Models.Llama;

/// <summary>
/// Rotary positions (Su et al. 2021), in Hugging Face's arrangement: dimension i turns with dimension i + head_dim / 2.
/// </summary>
/// <param name="Cos">[tokens, 1, head_dim / 2].</param>
/// <param name="Sin">[tokens, 1, head_dim / 2].</param>
internal readonly record struct RotaryEmbedding(Tensor Cos, Tensor Sin)
{
    /// <summary>Angles of positions, computed in float32 whatever the model's dtype: a bfloat16 can't tell position 257 from 258.</summary>
    public static RotaryEmbedding At(Tensor positionIds, int headDim, double theta, ScalarType dtype)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor exponents = arange(0, headDim, 2, dtype: ScalarType.Float32, device: positionIds.device) / headDim;
        Tensor frequencies = pow(tensor((float)theta, device: positionIds.device), exponents).reciprocal();
        Tensor angles = (positionIds.to(ScalarType.Float32).unsqueeze(1) * frequencies).unsqueeze(1);
        return new RotaryEmbedding(
            angles.cos().to(dtype).MoveToOuterDisposeScope(),
            angles.sin().to(dtype).MoveToOuterDisposeScope());
    }

    /// <summary>Turns the heads of each token by its position.</summary>
    /// <param name="heads">[tokens, heads, head_dim].</param>
    public Tensor Rotate(Tensor heads)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] halves = heads.chunk(2, -1);
        return cat([(halves[0] * Cos) - (halves[1] * Sin), (halves[1] * Cos) + (halves[0] * Sin)], -1).MoveToOuterDisposeScope();
    }
}
