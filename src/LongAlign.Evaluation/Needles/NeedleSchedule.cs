namespace LongAlign.Evaluation.Needles;

/// <summary>The lengths and depths of a needle test's grid, as the reference computes them.</summary>
public static class NeedleSchedule
{
    private const double SigmoidSlope = 0.1;

    /// <summary>Evenly spaced lengths, rounded to whole tokens (halves to even).</summary>
    /// <param name="min">The shortest, in tokens.</param>
    /// <param name="max">The longest, in tokens.</param>
    /// <param name="points">Their number, at least 1; one alone is the shortest.</param>
    /// <returns>The lengths, rising. The reference's default is 1,000 to 60,000 in 10.</returns>
    public static IReadOnlyList<int> Lengths(int min, int max, int points)
        => [.. Spaced(min, max, points).Select(value => (int)Math.Round(value))];

    /// <summary>Evenly spaced depths, rounded to whole per cent (halves to even).</summary>
    /// <param name="min">The first, in per cent.</param>
    /// <param name="max">The last, in per cent.</param>
    /// <param name="points">Their number, at least 1; one alone is the first.</param>
    /// <returns>The depths, rising. The reference's default is 10 to 90 in 10.</returns>
    public static IReadOnlyList<double> LinearDepths(double min, double max, int points)
        => [.. Spaced(min, max, points).Select(value => Math.Round(value))];

    /// <summary>Depths that lie closer at both ends: 100 / (1 + exp(-0.1 (x - 50))) of evenly spaced x, to three decimals; 0 and 100 stay.</summary>
    /// <inheritdoc cref="LinearDepths" path="/param"/>
    /// <returns>The depths, rising.</returns>
    public static IReadOnlyList<double> SigmoidDepths(double min, double max, int points)
        => [.. Spaced(min, max, points).Select(x => x is 0 or 100 ? x : Math.Round(1_000 * (100 / (1 + Math.Exp(-SigmoidSlope * (x - 50))))) / 1_000)];

    private static IEnumerable<double> Spaced(double min, double max, int points)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(points, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(max, min);
        double step = points > 1 ? (max - min) / (points - 1) : 0;
        return Enumerable.Range(0, points).Select(i => points > 1 && i == points - 1 ? max : (i * step) + min);
    }
}
