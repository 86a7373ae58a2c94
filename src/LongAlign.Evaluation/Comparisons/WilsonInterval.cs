namespace LongAlign.Evaluation.Comparisons;

/// <summary>Wilson's 95 % interval of a proportion (Newcombe 1998, Statistics in Medicine 17, 857-872, method 3).</summary>
/// <param name="Lower">Its lower end.</param>
/// <param name="Upper">Its upper end.</param>
public readonly record struct WilsonInterval(double Lower, double Upper)
{
    /// <summary>Makes the interval.</summary>
    /// <param name="successes">Successes, from 0 to <paramref name="trials"/>; parts of one where trials score so.</param>
    /// <param name="trials">Trials, at least 1.</param>
    /// <returns>The interval.</returns>
    public static WilsonInterval Of(double successes, int trials)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(trials, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(successes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(successes, trials);
        double z2 = DifferenceInterval.Z * DifferenceInterval.Z;
        double p = successes / trials;
        double middle = p + (z2 / (2 * trials));
        double half = DifferenceInterval.Z * Math.Sqrt((p * (1 - p) / trials) + (z2 / (4.0 * trials * trials)));
        double whole = 1 + (z2 / trials);
        return new WilsonInterval(Math.Max(0, (middle - half) / whole), Math.Min(1, (middle + half) / whole));
    }
}
