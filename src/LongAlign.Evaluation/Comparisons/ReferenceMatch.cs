using System.Globalization;
using System.Text;

namespace LongAlign.Evaluation.Comparisons;

/// <summary>Scores answers against a reference without a judge: cheap, the same every time, and blind to other words for the same thing.</summary>
public static class ReferenceMatch
{
    /// <summary>Whether an answer has the words of the reference, in order, and no others.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="reference">The right answer.</param>
    /// <returns>1 or 0. Case, punctuation and spaces don't count.</returns>
    public static double Exact(string answer, string reference)
    {
        ArgumentNullException.ThrowIfNull(answer);
        ArgumentNullException.ThrowIfNull(reference);
        return WordsOf(answer).SequenceEqual(WordsOf(reference)) ? 1 : 0;
    }

    /// <summary>The F1 of words: twice those in common over those of both, each as often as it stands there (Rajpurkar et al. 2016, Sec. 6.1).</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="reference">The right answer.</param>
    /// <returns>From 0 to 1. Every Chinese character is a word. Articles count, unlike in SQuAD's script, which is for English.</returns>
    public static double Overlap(string answer, string reference)
    {
        ArgumentNullException.ThrowIfNull(answer);
        ArgumentNullException.ThrowIfNull(reference);
        (List<string> words, List<string> expected) = (WordsOf(answer), WordsOf(reference));
        if (words.Count + expected.Count == 0)
        {
            return 1;
        }

        Dictionary<string, int> left = expected.CountBy(word => word, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        int common = words.Count(word => left.TryGetValue(word, out int count) && count > 0 && (left[word] = count - 1) >= 0);
        return 2.0 * common / (words.Count + expected.Count);
    }

    private static List<string> WordsOf(string text)
    {
        List<string> words = [];
        StringBuilder word = new();
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool isIdeograph = rune.Value is (>= 0x3040 and < 0x3100) or (>= 0x3400 and < 0xA000) or (>= 0x20000 and < 0x32000);
            if (!isIdeograph && (Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark))
            {
                word.Append(Rune.ToLowerInvariant(rune));
                continue;
            }

            Finish();
            if (isIdeograph)
            {
                words.Add(rune.ToString());
            }
        }

        Finish();
        return words;

        void Finish()
        {
            if (word.Length > 0)
            {
                words.Add(word.ToString());
                word.Clear();
            }
        }
    }
}
