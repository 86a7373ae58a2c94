using System.Globalization;
using LongAlign.Evaluation.Texts;

namespace LongAlign.Evaluation.Comparisons;

/// <summary>
/// Whether long-context training harmed short tasks: a test of non-inferiority on held-out short questions. Harm is ruled out where the
/// 95 % interval of the difference lies above the negative of the margin. Immutable.
/// </summary>
public sealed class ShortTaskGuard
{
    /// <summary>Makes a guard.</summary>
    /// <param name="comparison">The two models on short tasks; scores of which more is better.</param>
    /// <param name="margin">The largest drop that does not count as harm, above 0; chosen before the comparison is made.</param>
    /// <exception cref="ArgumentOutOfRangeException">The margin is not above 0.</exception>
    public ShortTaskGuard(ModelComparison comparison, double margin)
    {
        ArgumentNullException.ThrowIfNull(comparison);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(margin);
        Comparison = comparison;
        Margin = margin;
    }

    /// <summary>The two models on short tasks.</summary>
    public ModelComparison Comparison { get; }

    /// <summary>The largest drop that does not count as harm.</summary>
    public double Margin { get; }

    /// <summary>The conclusion.</summary>
    public GuardOutcome Outcome => Comparison.Overall.Lower > -Margin ? GuardOutcome.NoHarm
        : Comparison.Overall.Upper < -Margin ? GuardOutcome.Harm
        : GuardOutcome.CannotTell;

    /// <summary>About how many such questions would rule harm out in 4 of 5 tries if the true difference is the one seen; null where that is harm itself, or the same everywhere.</summary>
    public double? QuestionsNeeded => Comparison.Overall.Difference <= -Margin || Comparison.Overall.StandardDeviation == 0 ? null
        : Math.Ceiling(Math.Pow(PairedComparison.Reach * Comparison.Overall.StandardDeviation / (Comparison.Overall.Difference + Margin), 2));

    /// <summary>A plain sentence.</summary>
    /// <returns>The verdict and the numbers behind it.</returns>
    public override string ToString()
    {
        PairedComparison all = Comparison.Overall;
        string verdict = Outcome switch
        {
            GuardOutcome.NoHarm => $"No harm to short tasks: {Comparison.NameB} is not worse than {Comparison.NameA} by {NumberText.Plain(Margin)} or more",
            GuardOutcome.Harm => $"Short tasks are harmed: {Comparison.NameB} is worse than {Comparison.NameA} by more than {NumberText.Plain(Margin)}",
            _ when QuestionsNeeded is { } needed => $"Cannot rule out harm to short tasks of {NumberText.Plain(Margin)} or more with n = {NumberText.Whole(all.Count)}; about {NumberText.Whole(needed)} questions would",
            _ => $"Cannot tell whether short tasks are harmed by more than {NumberText.Plain(Margin)} with n = {NumberText.Whole(all.Count)}",
        };
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{verdict}: {all.MeanA:0.00} to {all.MeanB:0.00}, difference {NumberText.Signed(all.Difference)} (95 % {NumberText.Signed(all.Lower)} to {NumberText.Signed(all.Upper)}), n = {all.Count}.");
    }
}
