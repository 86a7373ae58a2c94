using MathNet.Numerics.Distributions;
using MathNet.Numerics.Random;
using MathNet.Numerics.Statistics;

namespace LongAlign.Evaluation.Comparisons;

/// <summary>95 % intervals of a mean of paired differences.</summary>
internal static class DifferenceInterval
{
    public const double Confidence = 0.95;

    /// <summary>The 97.5 % quantile of the normal distribution.</summary>
    public static readonly double Z = Normal.InvCDF(0, 1, 1 - ((1 - Confidence) / 2));

    /// <summary>
    /// The expanded percentile interval (Hesterberg 2015, "What Teachers Should Know About the Bootstrap", Sec. 5.3): plain percentiles
    /// are too narrow by what Student's t and n - 1 would add.
    /// </summary>
    public static (double Lower, double Upper) Bootstrap(double[] differences, int seed, int resamples)
    {
        int n = differences.Length;
        Xoshiro256StarStar random = new(seed, threadSafe: false);
        double[] means = new double[resamples];
        for (int i = 0; i < means.Length; i++)
        {
            double sum = 0;
            for (int k = 0; k < n; k++)
            {
                sum += differences[random.Next(n)];
            }

            means[i] = sum / n;
        }

        Array.Sort(means);
        double tail = TailOf(n);
        return (SortedArrayStatistics.Quantile(means, tail), SortedArrayStatistics.Quantile(means, 1 - tail));
    }

    /// <summary>The share of resampled means below the interval of so many differences, and above it.</summary>
    internal static double TailOf(int n) => Normal.CDF(0, 1, Math.Sqrt(n / (n - 1.0)) * StudentT.InvCDF(0, 1, n - 1, (1 - Confidence) / 2));

    /// <summary>
    /// The interval of a difference of matched proportions that adds half a question to each of the four cells (Agresti and Min 2005,
    /// Statistics in Medicine 24, 729-740): a bootstrap of the few questions that differ is too narrow, and of none has no width.
    /// </summary>
    public static (double Lower, double Upper) OfRightOrWrong(int wins, int losses, int count)
    {
        double n = count + 2;
        double difference = (wins - losses) / n;
        double error = Math.Sqrt(((wins + losses + 1) / n) - (difference * difference)) / Math.Sqrt(n);
        return (Math.Max(-1, difference - (Z * error)), Math.Min(1, difference + (Z * error)));
    }
}
