using System.Globalization;
using System.Text;

namespace LongAlign.Data.Templates.Jinja;

/// <summary>Python's classification of characters.</summary>
internal static class PythonText
{
    /// <summary>As <c>str.isspace</c>.</summary>
    public static bool IsSpace(char c) => c is (>= '\t' and <= '\r') or (>= '\x1C' and <= ' ') or '\x85' or '\xA0' or '\u1680' or (>= '\u2000' and <= '\u200A') or '\u2028' or '\u2029' or '\u202F' or '\u205F' or '\u3000';

    /// <summary>As <c>str.splitlines</c>.</summary>
    public static bool IsLineEnd(char c) => c is (>= '\n' and <= '\r') or (>= '\x1C' and <= '\x1E') or '\x85' or '\u2028' or '\u2029';

    public static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);

    public static bool IsUpper(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.UppercaseLetter;

    public static bool IsLower(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.LowercaseLetter;

    public static bool IsCased(Rune rune) => IsUpper(rune) || IsLower(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.TitlecaseLetter;

    public static bool IsAlphabetic(Rune rune) => Rune.IsLetter(rune);

    public static ReadOnlySpan<char> Trim(ReadOnlySpan<char> text)
    {
        int start = 0;
        int end = text.Length;
        while (start < end && IsSpace(text[start]))
        {
            start++;
        }

        while (end > start && IsSpace(text[end - 1]))
        {
            end--;
        }

        return text[start..end];
    }

    /// <summary>A rune in upper case; Python knows those that become several.</summary>
    public static string Upper(Rune rune) => rune.Value switch
    {
        0xDF => "SS",
        0x149 => "\u02BCN",
        0x1F0 => "J\u030C",
        0x587 => "\u0535\u0552",
        0xFB00 => "FF",
        0xFB01 => "FI",
        0xFB02 => "FL",
        0xFB03 => "FFI",
        0xFB04 => "FFL",
        0xFB05 or 0xFB06 => "ST",
        _ => Rune.ToUpperInvariant(rune).ToString(),
    };

    public static string Lower(Rune rune) => rune.Value == 0x130 ? "i\u0307" : Rune.ToLowerInvariant(rune).ToString();

    /// <summary>A rune as the first of a word.</summary>
    public static string Title(Rune rune)
    {
        string upper = Upper(rune);
        return upper.Length > 1 && rune.Value != 0x149 ? upper[0] + upper[1..].ToLowerInvariant() : upper;
    }
}
