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

    /// <summary>Gets the judge's id as the provider says it; null where there was no reply.</summary>
    public string? Model { get; init; }

    /// <summary>Reads a reply: a number as the reference finds it, and then its range.</summary>
    /// <param name="reply">The reply.</param>
    /// <param name="min">The worst score.</param>
    /// <param name="max">The best score.</param>
    /// <param name="reading">Which brackets count.</param>
    /// <returns>The verdict; the same in every culture. Decimals are taken from the last brackets; a number with a minus is out of range.</returns>
    public static Verdict Parse(string reply, int min = 1, int max = 10, VerdictReading reading = VerdictReading.LastBrackets)
    {
        ArgumentNullException.ThrowIfNull(reply);
        if (Brackets().Matches(reply) is not [.., Match last])
        {
            return new Verdict(reply, null, VerdictProblem.NoBrackets);
        }

        Group inside = last.Groups[1];
        Group number = reading == VerdictReading.LastBrackets ? FirstNumber().Match(reply, inside.Index, inside.Length) : WholeNumber().Match(reply).Groups[1];
        if (!number.Success)
        {
            return new Verdict(reply, null, VerdictProblem.NoNumber);
        }

        double value = ToDouble(number.Value);
        bool isNegative = reply[number.Index - 1] is '-' or '\u2212';
        return new Verdict(reply, value, isNegative || value < min || value > max ? VerdictProblem.OutOfRange : null);
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
