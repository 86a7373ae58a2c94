using System.Globalization;

namespace LongAlign.Evaluation.Needles;

/// <summary>Text with digits of every script as 0 to 9, full-width characters as those of ASCII, and one apostrophe; as long as before.</summary>
internal static class PlainCharacters
{
    public static string Of(string text) => string.Create(text.Length, text, (plain, original) =>
    {
        for (int i = 0; i < plain.Length; i++)
        {
            char c = original[i];
            plain[i] = char.IsDigit(c) ? (char)('0' + CharUnicodeInfo.GetDecimalDigitValue(c))
                : c is >= '\uFF01' and <= '\uFF5E' ? (char)(c - '\uFF01' + '!')
                : c is '’' or '‘' or 'ʼ' ? '\''
                : c;
        }
    });
}
