using System.Buffers;
using System.Text.RegularExpressions;

namespace LongAlign.Evaluation.Needles;

/// <summary>Whether a reply says that something is not so: in English and Chinese, within a few words of it and within its clause.</summary>
internal static partial class Denial
{
    private static readonly SearchValues<char> ClauseEnds = SearchValues.Create(",.;:!?\n。，；：！？—");

    public static bool IsOf(string text, Range what)
    {
        (int begin, int end) = (what.Start.GetOffset(text.Length), what.End.GetOffset(text.Length));
        int clause = text.AsSpan(0, begin).LastIndexOfAny(ClauseEnds) + 1;
        return Before().IsMatch(text[clause..begin]) || Behind().IsMatch(text[end..]);
    }

    /// <summary>Not … 4815162: at most three words between. "Not only", "not sure that" and "not 7 but" deny nothing.</summary>
    [GeneratedRegex(
        @"(?:\b(?:not|never|neither|nor|\w+n't|cannot|rather than|instead of|other than|different from|unlike|no (?:such )?(?:code|number|mention|sign|trace|evidence)(?: of)?)\b(?:\s+(?!(?:only|just|sure|certain|but|forget)\b)[^\s]+){0,3}[\s""'“”*_`#(\[$-]*|(?:不是|并非|绝非|而非|不为|不等于|不会是|没有|未提到|未提及)[^\n]{0,4})$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Before();

    /// <summary>4815162 is not, is wrong.</summary>
    [GeneratedRegex(
        @"^[\s""'“”*_`)\]$]*(?:(?:is|was)(?:n't\b|\s+(?:not|never)\b(?!\s+(?:only|just)\b)|\s+(?:wrong|incorrect|false)\b)|不是|不对|是错|并不)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Behind();
}
