using System.Globalization;
using System.Text.RegularExpressions;

namespace LongAlign.Evaluation.Judging;

/// <summary>The words of a rating, <c>[[8]]</c>, and the number that they are.</summary>
internal static partial class RatingText
{
    /// <summary>Returns the text in the double brackets that count; null where there are none.</summary>
    public static string? Find(string reply, VerdictReading reading)
    {
        if (Brackets().Matches(reply) is not [.., Match last])
        {
            return null;
        }

        return reading == VerdictReading.LastBrackets ? last.Groups[1].Value : WholeNumber().Match(reply).Groups[1].Value;
    }

    /// <summary>The number that a rating is; null where it is none, or could be two.</summary>
    public static double? Read(string rating, int max)
    {
        Match match = Rating().Match(rating);
        if (!match.Success || (match.Groups["best"] is { Success: true } best && ToDouble(best.Value) != max))
        {
            return null;
        }

        double number = ToDouble(match.Groups["number"].Value);
        return match.Groups["minus"].Success ? -number : number;
    }

    /// <summary>Digits may be of any script, as in the reference, and the decimal mark a comma.</summary>
    private static double ToDouble(string number) => double.Parse(
        string.Concat(number.Select(c => char.IsDigit(c) ? CharUnicodeInfo.GetDecimalDigitValue(c).ToString(CultureInfo.InvariantCulture) : ".")),
        NumberStyles.AllowDecimalPoint,
        CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\[\[([^\]]+)\]\]", RegexOptions.CultureInvariant)]
    private static partial Regex Brackets();

    [GeneratedRegex(@"\[\[(\d+)\]\]", RegexOptions.CultureInvariant)]
    private static partial Regex WholeNumber();

    /// <summary>
    /// A number, and beside it what does not change it. A comma with three digits behind it may group thousands, so it is not a decimal
    /// mark.
    /// </summary>
    [GeneratedRegex(
        @"^[\s\[*_`""']*(?:(?:(?:my|the|final|overall)\s+)*(?:rating|score|verdict|grade|mark|评分|得分|分数|打分)\s*(?:is\b|为|是)?\s*[:：=]?\s*[*_`""']*)?(?:\+|(?<minus>[-\u2212\u2013\uFF0D\uFE63]))?\s*(?<number>\d+(?:[.．](?:\d+)?|[,，]\d{1,2})?|[.．]\d+)\s*(?:(?:/|／|out\s+of|of)\s*(?<best>\d+)(?:[.．]0+)?\s*)?(?:分|points?\b|pts?\b)?[\s*_`""'.。]*$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Rating();
}
