using LongAlign.Data.SelfInstruct;
using LongAlign.Requests;

namespace LongAlign.Evaluation.Comparisons;

/// <summary>Scores answers against a reference without a judge: cheap, the same every time, and blind to other words for the same thing.</summary>
public static class ReferenceMatch
{
    /// <summary>Whether an answer has the words of the reference, in order, and no others.</summary>
    /// <param name="answer">The answer; what the model thinks is not read.</param>
    /// <param name="reference">The right answer.</param>
    /// <returns>1 or 0. Case, punctuation and spaces don't count.</returns>
    public static double Exact(string answer, string reference)
    {
        ArgumentNullException.ThrowIfNull(answer);
        ArgumentNullException.ThrowIfNull(reference);
        return WordsOf(answer).SequenceEqual(TextWords.Of(reference)) ? 1 : 0;
    }

    /// <summary>The F1 of words: twice those in common over those of both, each as often as it stands there (Rajpurkar et al. 2016, Sec. 6.1).</summary>
    /// <param name="answer">The answer; what the model thinks is not read.</param>
    /// <param name="reference">The right answer.</param>
    /// <returns>From 0 to 1. Every Chinese character is a word. Articles count, unlike in SQuAD's script, which is for English.</returns>
    public static double Overlap(string answer, string reference)
    {
        ArgumentNullException.ThrowIfNull(answer);
        ArgumentNullException.ThrowIfNull(reference);
        (List<string> words, List<string> expected) = (WordsOf(answer), TextWords.Of(reference));
        if (words.Count + expected.Count == 0)
        {
            return 1;
        }

        Dictionary<string, int> left = expected.CountBy(word => word, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        int common = words.Count(word => left.TryGetValue(word, out int count) && count > 0 && (left[word] = count - 1) >= 0);
        return 2.0 * common / (words.Count + expected.Count);
    }

    private static List<string> WordsOf(string answer) => TextWords.Of(SpokenText.Of(answer).Text);
}
