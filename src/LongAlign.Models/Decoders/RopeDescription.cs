namespace LongAlign.Models.Decoders;

/// <summary>How positions turn the heads of a layer.</summary>
/// <param name="Theta">The base of the frequencies.</param>
/// <param name="RotatedWidth">How many dimensions of a head turn, an even number: the first ones.</param>
/// <param name="Interleaved">Which dimensions turn together (<see cref="RotaryEmbedding"/>).</param>
/// <param name="Scaling">What changes the frequencies; null: nothing.</param>
internal sealed record RopeDescription(double Theta, int RotatedWidth, bool Interleaved = false, RopeScaling? Scaling = null)
{
    /// <summary>The angle of one position, for each pair of dimensions, in sequences of a regime.</summary>
    public double[] Frequencies(long regime = 0) => Scaling?.Frequencies(Theta, RotatedWidth, regime) ?? Plain(Theta, RotatedWidth);

    /// <summary>Whether a sequence has the same frequencies when it has grown.</summary>
    public bool SameAt(long length, long grown) => Scaling is null || Scaling.RegimeOf(length) == Scaling.RegimeOf(grown);

    /// <summary>theta^(-2i / width).</summary>
    public static double[] Plain(double theta, int width) => [.. Enumerable.Range(0, width / 2).Select(pair => Math.Pow(theta, -2.0 * pair / width))];
}
