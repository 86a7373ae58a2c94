namespace LongAlign.Evaluation.Comparisons;

/// <summary>The options of a comparison of two models.</summary>
public sealed record ComparisonOptions
{
    /// <summary>Gets the name of the base.</summary>
    /// <value>A unless set.</value>
    public string NameA { get; init; } = "A";

    /// <summary>Gets the name of the other model.</summary>
    /// <value>B unless set.</value>
    public string NameB { get; init; } = "B";

    /// <summary>Gets the ends of the groups of lengths, rising; longer ones are a separate group.</summary>
    /// <value>4,096, 8,192, 16,384, 32,768 and 65,536 unless set.</value>
    public IReadOnlyList<int> LengthBounds { get; init; } = [4_096, 8_192, 16_384, 32_768, 65_536];

    /// <summary>Gets the worst and the best score that there can be, for the bounds of what is missing.</summary>
    /// <value>None unless set: no bounds are given.</value>
    public (double Min, double Max)? Range { get; init; }

    /// <summary>Gets the seed of resamples.</summary>
    /// <value>0 unless set.</value>
    public int Seed { get; init; }

    /// <summary>Gets the resamples of each interval.</summary>
    /// <value>10,000 unless set, at least 100.</value>
    public int Resamples { get; init; } = 10_000;
}
