namespace LongAlign.Data;

/// <summary>
/// Cuts the middle out of the longest prompts, down to one level: with one long document, out of that alone. The first and the last half
/// of what is kept stay, and with them the template's own text and a question before or behind the document.
/// </summary>
internal static class DocumentCut
{
    /// <summary>The least tokens of a cut prompt: a shorter one does not count as a document.</summary>
    private const int LeastKept = 64;

    /// <param name="sequence">The sequence, from which tokens are removed; the places of its prompts are not brought up to date.</param>
    /// <param name="excess">The number of tokens to cut.</param>
    /// <param name="tokenizer">Tells where characters begin.</param>
    /// <returns>Whether the prompts were long enough.</returns>
    public static bool TryCut(SequenceBuffer sequence, int excess, ModelTokenizer tokenizer)
    {
        int level = FindLevel(sequence.Prompts, excess);
        if (level < LeastKept)
        {
            return false;
        }

        int removed = 0;
        foreach ((int Start, int Length) prompt in sequence.Prompts)
        {
            if (prompt.Length > level && removed < excess)
            {
                int cut = Math.Min(excess - removed, prompt.Length - level);
                removed += CutMiddle(sequence, prompt with { Start = prompt.Start - removed }, cut, tokenizer);
            }
        }

        return true;
    }

    /// <summary>The most tokens that every prompt may keep, or -1.</summary>
    private static int FindLevel(List<(int Start, int Length)> prompts, int excess)
    {
        int low = -1;
        int high = prompts.Select(prompt => prompt.Length).DefaultIfEmpty(0).Max();
        while (low < high)
        {
            int middle = low + ((high - low + 1) / 2);
            long gained = prompts.Sum(prompt => (long)Math.Max(0, prompt.Length - middle));
            (low, high) = gained >= excess ? (middle, high) : (low, middle - 1);
        }

        return low;
    }

    private static int CutMiddle(SequenceBuffer sequence, (int Start, int Length) prompt, int cut, ModelTokenizer tokenizer)
    {
        int head = (prompt.Length - cut + 1) / 2;
        int tail = head + cut;

        // Not within a character: tokens may be parts of one.
        while (head > 0 && IsWithinCharacter(head))
        {
            head--;
        }

        while (tail < prompt.Length && IsWithinCharacter(tail))
        {
            tail++;
        }

        sequence.Remove(prompt.Start + head, tail - head);
        return tail - head;

        bool IsWithinCharacter(int at) => tokenizer.Bytes(sequence.Ids[prompt.Start + at]) is [var first, ..] && (first & 0xC0) == 0x80;
    }
}
