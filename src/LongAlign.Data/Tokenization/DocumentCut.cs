namespace LongAlign.Data;

/// <summary>
/// Cuts the middle out of the longest prompts, down to one level: with one long document, out of that alone. The first and the last half
/// of what is kept stay, and with them the template's own text and a question before or behind the document.
/// </summary>
internal static class DocumentCut
{
    /// <summary>No prompt is cut below this: it would be no document.</summary>
    private const int LeastKept = 64;

    /// <param name="segments">The segments of a conversation; prompts are replaced by shorter ones.</param>
    /// <param name="excess">How many tokens are too many.</param>
    /// <param name="tokenizer">Tells where characters begin.</param>
    /// <returns>Whether the prompts were long enough.</returns>
    public static bool TryCut(TokenSegment[] segments, int excess, ModelTokenizer tokenizer)
    {
        int level = FindLevel(segments, excess);
        if (level < LeastKept)
        {
            return false;
        }

        for (int i = 0; i < segments.Length && excess > 0; i++)
        {
            if (!segments[i].IsAnswer && segments[i].Ids.Count > level)
            {
                int cut = Math.Min(excess, segments[i].Ids.Count - level);
                List<int> rest = CutMiddle(segments[i].Ids, cut, tokenizer);
                excess -= segments[i].Ids.Count - rest.Count;
                segments[i] = segments[i] with { Ids = rest };
            }
        }

        return true;
    }

    /// <summary>The most tokens that every prompt may keep, or -1.</summary>
    private static int FindLevel(TokenSegment[] segments, int excess)
    {
        int low = -1;
        int high = segments.Where(segment => !segment.IsAnswer).Select(segment => segment.Ids.Count).DefaultIfEmpty(0).Max();
        while (low < high)
        {
            int middle = low + ((high - low + 1) / 2);
            long gained = segments.Where(segment => !segment.IsAnswer).Sum(segment => (long)Math.Max(0, segment.Ids.Count - middle));
            (low, high) = gained >= excess ? (middle, high) : (low, middle - 1);
        }

        return low;
    }

    private static List<int> CutMiddle(IReadOnlyList<int> ids, int cut, ModelTokenizer tokenizer)
    {
        int head = (ids.Count - cut + 1) / 2;
        int tail = head + cut;

        // Not within a character: tokens may be parts of one.
        while (head > 0 && IsWithinCharacter(ids[head]))
        {
            head--;
        }

        while (tail < ids.Count && IsWithinCharacter(ids[tail]))
        {
            tail++;
        }

        return [.. ids.Take(head), .. ids.Skip(tail)];

        bool IsWithinCharacter(int id) => tokenizer.Bytes(id) is [var first, ..] && (first & 0xC0) == 0x80;
    }
}
