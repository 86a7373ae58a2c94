using System.Globalization;
using System.Text.RegularExpressions;

namespace LongAlign.Evaluation.Judging;

/// <summary>What a judge's reply says.</summary>
/// <param name="Reply">The reply; the reason where there is none.</param>
/// <param name="Number">The number that the reference would take, whatever its range; null where it would find none.</param>
/// <param name="Problem">Why there is no score; null where there is one.</param>
public sealed partial record Verdict(string Reply, double? Number, VerdictProblem? Problem)
{
    /// <summary>Gets the score; null where there is a problem.</summary>
    public double? Score => Problem is null ? Number : null;

    /// <summary>Reads a reply: the first number in the last double brackets, as the reference does, and then its range.</summary>
    /// <param name="reply">The reply.</param>
    /// <param name="min">The worst score.</param>
    /// <param name="max">The best score.</param>
    /// <returns>The verdict; the same in every culture. Decimals are taken, a number with a minus is out of range.</returns>
    public static Verdict Parse(string reply, int min = 1, int max = 10)
    {
        ArgumentNullException.ThrowIfNull(reply);
        if (Brackets().Matches(reply) is not [.., Match last])
        {
            return new Verdict(reply, null, VerdictProblem.NoBrackets);
        }

        string inside = last.Groups[1].Value;
        Match number = FirstNumber().Match(inside);
        if (!number.Success)
        {
            return new Verdict(reply, null, VerdictProblem.NoNumber);
        }

        double value = ToDouble(number.Value);
        bool isNegative = number.Index > 0 && inside[number.Index - 1] is '-' or '\u2212';
        return new Verdict(reply, value, isNegative || value < min || value > max ? VerdictProblem.OutOfRange : null);
    }

    /// <summary>Reads a reply as the reference's needle judge: the first whole number alone in double brackets.</summary>
    /// <param name="reply">The reply.</param>
    /// <returns>The number; null where there is none.</returns>
    public static double? ParseNeedle(string reply)
    {
        ArgumentNullException.ThrowIfNull(reply);
        return WholeNumber().Match(reply) is { Success: true } match ? ToDouble(match.Groups[1].Value) : null;
    }

    /// <summary>Digits may be of any script, as in the reference.</summary>
    private static double ToDouble(string number) => double.Parse(
        string.Concat(number.Select(c => c == '.' ? "." : CharUnicodeInfo.GetDecimalDigitValue(c).ToString(CultureInfo.InvariantCulture))),
        NumberStyles.AllowDecimalPoint,
        CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\[\[([^\]]+)\]\]", RegexOptions.CultureInvariant)]
    private static partial Regex Brackets();

    [GeneratedRegex(@"\d+\.\d+|\d+", RegexOptions.CultureInvariant)]
    private static partial Regex FirstNumber();

    [GeneratedRegex(@"\[\[(\d+)\]\]", RegexOptions.CultureInvariant)]
    private static partial Regex WholeNumber();
}
