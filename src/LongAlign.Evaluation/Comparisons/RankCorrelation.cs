using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;

namespace LongAlign.Evaluation.Comparisons;

/// <summary>The rank correlation of two measurements of the same things, from -1 to 1.</summary>
/// <param name="Count">Things.</param>
/// <param name="Spearman">Spearman's coefficient, ties with their mean rank; null where there are fewer than 2 or a side is constant.</param>
/// <param name="KendallTauB">Kendall's tau-b, which allows for ties; null likewise.</param>
public sealed record RankCorrelation(int Count, double? Spearman, double? KendallTauB)
{
    /// <summary>Gets the two-sided p-value of Spearman's coefficient by Student's t with n - 2 degrees; null with fewer than 3 things.</summary>
    public double? PValue => Spearman is not { } r || Count < 3 ? null
        : Math.Abs(r) >= 1 ? 0
        : 2 * StudentT.CDF(0, 1, Count - 2, -Math.Abs(r) * Math.Sqrt((Count - 2) / (1 - (r * r))));

    /// <summary>Correlates.</summary>
    /// <param name="x">The one measurement.</param>
    /// <param name="y">The other, of the same things in the same order.</param>
    /// <returns>The coefficients.</returns>
    /// <exception cref="ArgumentException">There are not as many of the one as of the other.</exception>
    public static RankCorrelation Of(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        if (x.Count != y.Count)
        {
            throw new ArgumentException($"There are {x.Count} values of the one and {y.Count} of the other; expected as many.", nameof(y));
        }

        bool isConstant = x.Distinct().Take(2).Count() < 2 || y.Distinct().Take(2).Count() < 2;
        return new RankCorrelation(x.Count, isConstant ? null : Correlation.Spearman(x, y), isConstant ? null : TauB(x, y));
    }

    /// <summary>(concordant - discordant) / sqrt(pairs not tied in x * pairs not tied in y), as in Kendall 1945.</summary>
    private static double TauB(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        (long score, long untiedX, long untiedY) = (0, 0, 0);
        for (int i = 0; i < x.Count; i++)
        {
            for (int j = 0; j < i; j++)
            {
                (int signX, int signY) = (x[i].CompareTo(x[j]), y[i].CompareTo(y[j]));
                score += signX * signY;
                untiedX += signX == 0 ? 0 : 1;
                untiedY += signY == 0 ? 0 : 1;
            }
        }

        return score / Math.Sqrt((double)untiedX * untiedY);
    }
}
