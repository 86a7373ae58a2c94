using System.Text.RegularExpressions;

namespace LongAlign.Evaluation.Needles;

/// <summary>
/// Digits of a text with single separators between them: <c>4,815,162</c>. They may be one number, or several, or a part of another one.
/// </summary>
internal sealed partial class GroupedNumber
{
    private const char Gap = ' ';

    /// <summary>The number of digits from which groups of other sizes don't make up the digits by chance: <c>48 15 162</c>.</summary>
    private const int FreelyGrouped = 5;

    private readonly Capture[] _groups;
    private readonly char[] _separators; // of each group, before the next
    private readonly bool _beginsLine;

    private GroupedNumber(Match match, string text)
    {
        _groups = [.. match.Groups["group"].Captures.Cast<Capture>()];
        _separators = [.. match.Groups["separator"].Captures.Select<Capture, char>(Kind)];
        _beginsLine = text.AsSpan(0, match.Index).TrimEnd(" \t*#>-") is var before && (before.IsEmpty || before[^1] == '\n');
    }

    /// <summary>The digits of a number that is written whole or in groups of three; null where a text is something else.</summary>
    public static string? DigitsOf(string text)
    {
        if (Numbers().Match(text) is not { Success: true, Index: 0 } match || match.Length != text.Length)
        {
            return null;
        }

        GroupedNumber number = new(match, text);
        Capture[] groups = number._groups;
        bool isGrouped = groups.Length == 1 || (Thousands(groups) && number._separators.Distinct().Count() == 1 && (groups.Length > 2 || number._separators[0] != '.'));
        return isGrouped ? string.Concat(groups.Select(group => group.Value)) : null;
    }

    public static IEnumerable<GroupedNumber> All(string text) => Numbers().Matches(text).Select(match => new GroupedNumber(match, text));

    /// <summary>Finds the places where these digits are a whole number.</summary>
    public IEnumerable<Range> Find(string digits)
    {
        for (int first = 0; first < _groups.Length; first++)
        {
            string joined = "";
            for (int end = first; end < _groups.Length && joined.Length < digits.Length; end++)
            {
                joined += _groups[end].Value;
                if (joined == digits && IsGrouped(first, end) && !GoesOnBefore(first, end) && !GoesOnBehind(first, end))
                {
                    yield return _groups[first].Index..(_groups[end].Index + _groups[end].Length);
                }
            }
        }
    }

    private static bool Thousands(ReadOnlySpan<Capture> groups)
    {
        bool isSo = groups[0].Length <= 3;
        foreach (Capture group in groups[1..])
        {
            isSo &= group.Length == 3;
        }

        return isSo;
    }

    /// <summary>Whether groups may be one number: with one separator, and a point or comma that is not a decimal mark.</summary>
    private bool IsGrouped(int first, int end)
    {
        if (first == end)
        {
            return true;
        }

        char separator = _separators[first];
        if (_separators[first..end].Any(other => other != separator))
        {
            return false;
        }

        bool isFree = _groups[first..(end + 1)].Sum(group => group.Length) >= FreelyGrouped;
        bool isMyriads = _groups[(first + 1)..(end + 1)].All(group => group.Length == 4);
        return Thousands(_groups.AsSpan(first..(end + 1)))
            || (isFree && (separator is not ('.' or ',') || end > first + 1 || (separator == ',' && isMyriads)));
    }

    private bool GoesOnBefore(int first, int end)
    {
        if (first == 0)
        {
            return false;
        }

        (char separator, Capture before) = (_separators[first - 1], _groups[first - 1]);
        bool isMarker = first == 1 && _beginsLine && separator == '.' && before.Length <= 2 && before.Value[0] != '0'; // 1.4815162
        return (IsOneKind(separator, first, end) && Thousands(_groups.AsSpan((first - 1)..(end + 1))))
            || (separator == '.' && !isMarker)
            || (separator == ',' && !IsListed(before, first, end));
    }

    private bool GoesOnBehind(int first, int end)
    {
        if (end == _groups.Length - 1)
        {
            return false;
        }

        (char separator, Capture behind) = (_separators[end], _groups[end + 1]);
        return (IsOneKind(separator, first, end) && Thousands(_groups.AsSpan(first..(end + 2))))
            || separator == '.'
            || (separator == ',' && !IsListed(behind, first, end));
    }

    private bool IsOneKind(char separator, int first, int end) => first == end || separator == _separators[first];

    /// <summary>Numbers written without groups and with a comma between them: no decimals are as long.</summary>
    private static bool IsListed(Capture other, int first, int end) => first == end && other.Length >= 4;

    /// <summary>All kinds of spaces are one, and so are the ways to write a comma.</summary>
    private static char Kind(Capture separator) => separator.Value switch
    {
        "{,}" or "\\," or "," or "\u066C" or "\u060C" => ',',
        "." or "\u00B7" or "\u066B" => '.',
        [var c] when char.IsWhiteSpace(c) => Gap,
        [var c] => c,
        _ => Gap,
    };

    /// <summary>Spaces (not line ends), commas, points, apostrophes, hyphens, low lines; commas and gaps of LaTeX.</summary>
    [GeneratedRegex(@"(?<group>\d+)(?:(?<separator>\{,\}|\\[, ]|[ \t\u00A0\u2000-\u200A\u202F\u205F\u3000]|[,.'´`_\u2010\u2011\u00B7\u066B\u066C\u060C-])(?<group>\d+))*", RegexOptions.CultureInvariant)]
    private static partial Regex Numbers();
}
