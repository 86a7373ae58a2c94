using System.Text.RegularExpressions;

namespace LongAlign.Evaluation.Needles;

/// <summary>Finds a needle's answer in the plain characters of a reply.</summary>
internal static partial class AnswerSearch
{
    /// <summary>Finds the places of the answer: as a number, or else word by word.</summary>
    public static IEnumerable<Range> Find(string answer, string text)
    {
        answer = PlainCharacters.Of(answer.Trim());
        return GroupedNumber.DigitsOf(answer) is { } digits
            ? GroupedNumber.All(text).SelectMany(number => number.Find(digits))
            : FindWords(answer, text);
    }

    private static IEnumerable<Range> FindWords(string answer, string text)
    {
        string[] words = Gap().Split(answer);
        string pattern = string.Join(@"[\s\u2010\u2011-]+", words.Select(Regex.Escape));
        return Regex.Matches(text, pattern, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)
            .Where(found => found.Length > 0 && !IsOneWord(text, found.Index) && !IsOneWord(text, found.Index + found.Length))
            .Select(found => found.Index..(found.Index + found.Length));
    }

    /// <summary>Whether a word or a number continues across a place. Chinese has no gaps between words.</summary>
    private static bool IsOneWord(string text, int at)
        => at > 0 && at < text.Length && ((char.IsAsciiDigit(text[at - 1]) && char.IsAsciiDigit(text[at])) || (IsLetter(text[at - 1]) && IsLetter(text[at])));

    private static bool IsLetter(char c) => char.IsLetter(c) && c < '\u2E80';

    [GeneratedRegex(@"[\s\u2010\u2011-]+")]
    private static partial Regex Gap();
}
