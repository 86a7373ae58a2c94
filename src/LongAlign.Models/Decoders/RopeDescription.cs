using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Models.Decoders;

/// <summary>How positions turn the heads.</summary>
/// <param name="Theta">The base of the frequencies.</param>
/// <param name="RotatedWidth">How many dimensions of a head turn, an even number.</param>
/// <param name="Interleaved">Which dimensions turn together (<see cref="RotaryEmbedding"/>).</param>
/// <param name="Scaling">What slows the frequencies down; null: nothing.</param>
internal sealed record RopeDescription(double Theta, int RotatedWidth, bool Interleaved = false, RopeScaling? Scaling = null)
{
    /// <summary>The angle of one position, for each pair of dimensions: theta^(-2i / width), [width / 2].</summary>
    public Tensor Frequencies(ScalarType dtype)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor exponents = arange(0, RotatedWidth, 2, dtype: dtype) / RotatedWidth;
        Tensor frequencies = pow(tensor(Theta, dtype: dtype), exponents).reciprocal();
        return (Scaling?.Apply(frequencies) ?? frequencies).MoveToOuterDisposeScope();
    }
}
