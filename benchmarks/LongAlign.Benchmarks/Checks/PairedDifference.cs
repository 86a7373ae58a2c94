namespace LongAlign.Benchmarks.Checks;

/// <summary>The mean of differences of pairs with its 95 % interval (Student's t).</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Low">The lower end of the interval.</param>
/// <param name="High">The upper end.</param>
internal readonly record struct PairedDifference(double Mean, double Low, double High)
{
    /// <summary>Quantiles at 97.5 %, by degrees of freedom from 1.</summary>
    private static readonly double[] Quantiles = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

    /// <summary>Of two to ten pairs.</summary>
    public static PairedDifference Of(IEnumerable<double> a, IEnumerable<double> b)
    {
        double[] differences = [.. a.Zip(b, (ofA, ofB) => ofA - ofB)];
        double mean = differences.Average();
        double variance = differences.Sum(difference => Math.Pow(difference - mean, 2)) / (differences.Length - 1);
        double reach = Quantiles[differences.Length - 2] * Math.Sqrt(variance / differences.Length);
        return new PairedDifference(mean, mean - reach, mean + reach);
    }
}
