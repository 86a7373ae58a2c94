namespace LongAlign.Models.Decoders;

/// <summary>The rotary positions of a layer's heads.</summary>
/// <param name="Theta">The base of the frequencies.</param>
/// <param name="RotatedWidth">The number of dimensions of a head that turn, even: the first ones.</param>
/// <param name="Interleaved">The choice of dimensions that turn together (<see cref="RotaryEmbedding"/>).</param>
/// <param name="Scaling">The scaling of the frequencies; null: none.</param>
internal sealed record RopeDescription(double Theta, int RotatedWidth, bool Interleaved = false, RopeScaling? Scaling = null)
{
    /// <summary>The angle of one position, for each pair of dimensions, in sequences of a regime.</summary>
    public double[] Frequencies(long regime = 0) => Scaling?.Frequencies(Theta, RotatedWidth, regime) ?? Plain(Theta, RotatedWidth);

    /// <summary>Whether a sequence has the same frequencies when it has grown.</summary>
    public bool SameAt(long length, long grown) => Scaling is null || Scaling.RegimeOf(length) == Scaling.RegimeOf(grown);

    /// <summary>theta^(-2i / width).</summary>
    public static double[] Plain(double theta, int width) => [.. Enumerable.Range(0, width / 2).Select(pair => Math.Pow(theta, -2.0 * pair / width))];
}
