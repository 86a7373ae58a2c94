using System.Globalization;
using System.Text;

namespace LongAlign.Data.SelfInstruct;

/// <summary>The words of a text in lower case, without punctuation; every Chinese character and kana is a word.</summary>
internal static class TextWords
{
    public static List<string> Of(string text)
    {
        List<string> words = [];
        StringBuilder word = new();
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool isWhole = rune.Value is (>= 0x3040 and < 0x3100) or (>= 0x3400 and < 0xA000) or (>= 0xF900 and < 0xFB00) or (>= 0x20000 and < 0x32000);
            if (!isWhole && (Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark))
            {
                word.Append(Rune.ToLowerInvariant(rune));
                continue;
            }

            Finish(words, word);
            if (isWhole)
            {
                words.Add(rune.ToString());
            }
        }

        Finish(words, word);
        return words;
    }

    private static void Finish(List<string> words, StringBuilder word)
    {
        if (word.Length > 0)
        {
            words.Add(word.ToString());
            word.Clear();
        }
    }
}
