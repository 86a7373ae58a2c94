using System.Globalization;
using LongAlign.Evaluation.Texts;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;

namespace LongAlign.Evaluation.Comparisons;

/// <summary>
/// Whether model B is better than model A on the same questions: the mean of the paired differences, its 95 % interval and a permutation
/// test (after Miller 2024, arXiv 2411.00640). Immutable.
/// </summary>
/// <remarks>
/// Questions count as independent of each other. The interval is a bootstrap's; where every score is 0 or 1 it is Agresti and Min's for
/// matched proportions, since few questions differ then.
/// </remarks>
public sealed class PairedComparison
{
    private const double Power = 0.8;

    /// <summary>Standard errors that a difference has to have, to be shown in 4 of 5 tries.</summary>
    internal static readonly double Reach = DifferenceInterval.Z + Normal.InvCDF(0, 1, Power);

    /// <summary>Compares.</summary>
    /// <param name="scores">The scores, a question once; at least two with both.</param>
    /// <param name="seed">Decides the resamples; the same result for the same seed.</param>
    /// <param name="resamples">The number of resamples for the interval, and of signs for the p-value where it is not exact; at least 100.</param>
    /// <exception cref="ArgumentException">A question is there twice, a score is not a finite number, or fewer than two questions have both scores.</exception>
    public PairedComparison(IEnumerable<PairedScore> scores, int seed = 0, int resamples = 10_000)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentOutOfRangeException.ThrowIfLessThan(resamples, 100);
        PairedScore[] all = [.. scores];
        ThrowIfBad(all);
        PairedScore[] pairs = [.. all.Where(pair => pair is { A: not null, B: not null })];
        if (pairs.Length < 2)
        {
            throw new ArgumentException($"Of {all.Length} questions {pairs.Length} have the scores of both models; expected at least 2.", nameof(scores));
        }

        double[] differences = [.. pairs.Select(pair => pair.B!.Value - pair.A!.Value)];
        Count = pairs.Length;
        Missing = [.. all.Where(pair => pair.A is null || pair.B is null).Select(pair => pair.Id)];
        MeanA = pairs.Average(pair => pair.A!.Value);
        MeanB = pairs.Average(pair => pair.B!.Value);
        Difference = differences.Average();
        Wins = differences.Count(difference => difference > 0);
        Losses = differences.Count(difference => difference < 0);
        StandardDeviation = differences.StandardDeviation();
        IsRightOrWrong = pairs.All(pair => pair is { A: 0 or 1, B: 0 or 1 });
        (Lower, Upper) = IsRightOrWrong
            ? DifferenceInterval.OfRightOrWrong(Wins, Losses, Count)
            : DifferenceInterval.Bootstrap(differences, seed, resamples);
        (PValue, IsExact) = SignFlips.Test(differences, seed + 1, resamples);
    }

    /// <summary>Questions with both scores.</summary>
    public int Count { get; }

    /// <summary>Questions that lack a score; they are in no number here.</summary>
    public IReadOnlyList<string> Missing { get; }

    /// <summary>The mean of A.</summary>
    public double MeanA { get; }

    /// <summary>The mean of B.</summary>
    public double MeanB { get; }

    /// <summary>The mean of B - A.</summary>
    public double Difference { get; }

    /// <summary>The standard deviation of B - A.</summary>
    public double StandardDeviation { get; }

    /// <summary>The lower end of the 95 % interval of the difference.</summary>
    public double Lower { get; }

    /// <summary>The upper end of the 95 % interval of the difference.</summary>
    public double Upper { get; }

    /// <summary>The p-value of the two-sided permutation test: the share of random signs that make a difference at least as large.</summary>
    public double PValue { get; }

    /// <summary>Whether the p-value is of all signs (up to 16 questions that differ), not of a sample.</summary>
    public bool IsExact { get; }

    /// <summary>Whether every score is 0 or 1.</summary>
    public bool IsRightOrWrong { get; }

    /// <summary>Questions that B answers better.</summary>
    public int Wins { get; }

    /// <summary>Questions that both answer alike.</summary>
    public int Ties => Count - Wins - Losses;

    /// <summary>Questions that B answers worse.</summary>
    public int Losses { get; }

    /// <summary>The verdict: better or worse where the interval leaves 0 out and the p-value is below 0.05.</summary>
    public ComparisonOutcome Outcome => PValue >= 1 - DifferenceInterval.Confidence ? ComparisonOutcome.CannotTell
        : Lower > 0 ? ComparisonOutcome.Better
        : Upper < 0 ? ComparisonOutcome.Worse
        : ComparisonOutcome.CannotTell;

    /// <summary>About how many such questions show a true difference of this size in 4 of 5 tries; null where there is no difference, or the same one everywhere.</summary>
    public double? QuestionsNeeded => Difference == 0 || StandardDeviation == 0 ? null : Math.Ceiling(Math.Pow(Reach * StandardDeviation / Difference, 2));

    /// <summary>About the smallest true difference that so many such questions show in 4 of 5 tries.</summary>
    public double DetectableDifference => Reach * StandardDeviation / Math.Sqrt(Count);

    /// <summary>A plain sentence.</summary>
    /// <param name="nameA">The name of A.</param>
    /// <param name="nameB">The name of B.</param>
    /// <returns>The verdict and the numbers behind it.</returns>
    public string Describe(string nameA, string nameB)
    {
        string verdict = Outcome switch
        {
            ComparisonOutcome.Better => $"{nameB} is better than {nameA}",
            ComparisonOutcome.Worse => $"{nameB} is worse than {nameA}",
            _ when StandardDeviation == 0 && Difference == 0 => Invariant($"Cannot tell with n = {Count}: {nameA} and {nameB} score alike on every question"),
            _ when QuestionsNeeded is { } needed => Invariant($"Cannot tell with n = {Count}; about {needed:N0} questions would tell a difference of this size"),
            _ => Invariant($"Cannot tell with n = {Count}"),
        };
        return Invariant($"{verdict}: {MeanA:0.00} to {MeanB:0.00}, difference {NumberText.Signed(Difference)} (95 % {NumberText.Signed(Lower)} to {NumberText.Signed(Upper)}), {NumberText.PValue(PValue)}; {Wins} wins, {Ties} ties, {Losses} losses")
            + (Missing.Count == 0 ? "." : $"; without a pair: {string.Join(", ", Missing)}.");
    }

    /// <summary>A plain sentence about A and B.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => Describe("A", "B");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static void ThrowIfBad(PairedScore[] all)
    {
        HashSet<string> ids = [];
        foreach (PairedScore pair in all)
        {
            if (!ids.Add(pair.Id))
            {
                throw new ArgumentException($"Question '{pair.Id}' is there twice; expected each once.", nameof(all));
            }

            if (!double.IsFinite(pair.A ?? 0) || !double.IsFinite(pair.B ?? 0))
            {
                throw new ArgumentException($"Question '{pair.Id}' has the scores {pair.A} and {pair.B}; expected finite numbers, or null where one is missing.", nameof(all));
            }
        }
    }
}
