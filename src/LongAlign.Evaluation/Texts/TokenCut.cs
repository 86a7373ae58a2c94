using LongAlign.Data;

namespace LongAlign.Evaluation.Texts;

/// <summary>Finds the ends of a text's first and last tokens, in whole characters of the text itself.</summary>
internal static class TokenCut
{
    /// <summary>Returns the length of the longest beginning of a text that its first tokens cover.</summary>
    public static int PrefixLength(ModelTokenizer tokenizer, string text, IReadOnlyList<int> ids, int count)
    {
        string decoded = tokenizer.Decode([.. ids.Take(count)]);
        int length = decoded.AsSpan().CommonPrefixLength(text);
        ThrowIfNotTheText(decoded, length);
        return length > 0 && char.IsHighSurrogate(text[length - 1]) ? length - 1 : length;
    }

    /// <summary>Returns the start of the longest end of a text that its last tokens cover.</summary>
    public static int SuffixStart(ModelTokenizer tokenizer, string text, IReadOnlyList<int> ids, int count)
    {
        string decoded = tokenizer.Decode([.. ids.Skip(ids.Count - count)]);
        int length = 0;
        while (length < decoded.Length && length < text.Length && decoded[^(length + 1)] == text[^(length + 1)])
        {
            length++;
        }

        ThrowIfNotTheText(decoded, length);
        int start = text.Length - length;
        return start < text.Length && char.IsLowSurrogate(text[start]) ? start + 1 : start;
    }

    /// <summary>A character in pieces at the cut makes a few other characters; more are another text.</summary>
    private static void ThrowIfNotTheText(string decoded, int same)
    {
        if (decoded.Length - same > 8)
        {
            throw new InvalidOperationException(
                $"The tokenizer does not give a text back: of {decoded.Length} characters of decoded tokens {same} are the text's. A text can't be cut with it.");
        }
    }
}
