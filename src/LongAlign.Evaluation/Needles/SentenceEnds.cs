using System.Text.RegularExpressions;

namespace LongAlign.Evaluation.Needles;

/// <summary>Ends of sentences, English and Chinese.</summary>
internal static partial class SentenceEnds
{
    /// <summary>The end of a sentence that lies nearest to a character; the nearer end of the text where there is none.</summary>
    public static int Nearest(string text, int target)
    {
        int best = target < text.Length - target ? 0 : text.Length;
        foreach (Match match in Pattern().Matches(text))
        {
            int end = match.Index + match.Length;
            if (Math.Abs(end - target) < Math.Abs(best - target))
            {
                best = end;
            }
        }

        return best;
    }

    /// <summary>Stops with the quotes and brackets that they close, and empty lines.</summary>
    [GeneratedRegex(@"[.!?]+[""'”’)\]]*(?=\s|$)|[。！？…]+[”’」』）》]*|\n(?=\r?\n)")]
    private static partial Regex Pattern();
}
