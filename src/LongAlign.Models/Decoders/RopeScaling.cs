namespace LongAlign.Models.Decoders;

/// <summary>Frequencies changed so that more positions fit into the angles that a model has been trained on.</summary>
internal abstract record RopeScaling
{
    /// <summary>A factor of cos and sin.</summary>
    public virtual double AttentionFactor => 1;

    /// <summary>Sequences of lengths of the same regime have the same frequencies.</summary>
    /// <param name="length">The largest position of a sequence, and 1.</param>
    public virtual long RegimeOf(long length) => 0;

    /// <summary>Whether there is more than one regime.</summary>
    public virtual bool DependsOnLength => false;

    /// <summary>The angle of one position, for each pair of dimensions.</summary>
    /// <param name="theta">The base.</param>
    /// <param name="width">The number of dimensions that turn.</param>
    /// <param name="regime">Of the sequence.</param>
    public abstract double[] Frequencies(double theta, int width, long regime);
}

/// <summary>"linear" (Chen et al. 2023): all frequencies are slowed down.</summary>
internal sealed record LinearScaling(double Factor) : RopeScaling
{
    public override double[] Frequencies(double theta, int width, long regime) => [.. RopeDescription.Plain(theta, width).Select(frequency => frequency / Factor)];
}

/// <summary>"llama3" (Dubey et al. 2024): by turns within the original context. Few are slowed down, many stay, and between them it is a mixture.</summary>
internal sealed record BandScaling(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int OriginalMaxPositions) : RopeScaling
{
    public override double[] Frequencies(double theta, int width, long regime) => [.. RopeDescription.Plain(theta, width).Select(frequency =>
    {
        double turns = frequency * OriginalMaxPositions / (2 * Math.PI);
        double kept = Math.Clamp((turns - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor), 0, 1);
        return ((1 - kept) * frequency / Factor) + (kept * frequency);
    })];
}

/// <summary>
/// "yarn" (Peng et al. 2023): frequencies of more turns than <paramref name="BetaFast"/> stay, those of fewer than <paramref name="BetaSlow"/>
/// are slowed down, and between them it is a mixture by their number.
/// </summary>
internal sealed record YarnScaling(double Factor, double Attention, double BetaFast, double BetaSlow, bool Truncated, int OriginalMaxPositions) : RopeScaling
{
    public override double AttentionFactor => Attention;

    /// <summary>The factor on cos and sin that the paper finds best for a scaling.</summary>
    public static double AttentionOf(double factor, double scale) => factor <= 1 ? 1 : (0.1 * scale * Math.Log(factor)) + 1;

    public override double[] Frequencies(double theta, int width, long regime)
    {
        (double low, double high) = (PairOf(BetaFast), PairOf(BetaSlow));
        if (Truncated)
        {
            (low, high) = (Math.Floor(low), Math.Ceiling(high));
        }

        low = Math.Max(low, 0);
        high = Math.Min(high, width - 1);
        high += low == high ? 0.001 : 0;
        return [.. RopeDescription.Plain(theta, width).Select((frequency, pair) =>
        {
            double slowed = Math.Clamp((pair - low) / (high - low), 0, 1);
            return (frequency * (1 - slowed)) + (frequency / Factor * slowed);
        })];

        double PairOf(double turns) => width * Math.Log(OriginalMaxPositions / (2 * Math.PI * turns)) / (2 * Math.Log(theta));
    }
}

/// <summary>"dynamic": a larger base for sequences above the context, by their length.</summary>
internal sealed record DynamicScaling(double Factor, int MaxPositions) : RopeScaling
{
    public override bool DependsOnLength => true;

    public override long RegimeOf(long length) => Math.Max(length, MaxPositions);

    public override double[] Frequencies(double theta, int width, long regime)
        => RopeDescription.Plain(theta * Math.Pow((Factor * regime / MaxPositions) - (Factor - 1), width / (width - 2.0)), width);
}

/// <summary>"longrope" (Ding et al. 2024): a divisor for each frequency, others for sequences above the original context.</summary>
internal sealed record LongRopeScaling(double[] Short, double[] Long, double Attention, int OriginalMaxPositions) : RopeScaling
{
    public override double AttentionFactor => Attention;

    public override bool DependsOnLength => true;

    public override long RegimeOf(long length) => length > OriginalMaxPositions ? 1 : 0;

    public override double[] Frequencies(double theta, int width, long regime)
        => [.. RopeDescription.Plain(theta, width).Zip(regime == 0 ? Short : Long, (frequency, divisor) => frequency / divisor)];
}
