namespace LongAlign.Data;

/// <summary>Words of a text whose spaces are ▁: each is a run of them and what follows.</summary>
internal static class SpaceWords
{
    public const char Space = '▁';

    /// <summary>Whether no token has a ▁ behind another character, so that no merge goes across the beginning of a word.</summary>
    public static bool AreSafe(IEnumerable<string> tokens)
    {
        bool isKnown = false;
        foreach (string token in tokens)
        {
            isKnown |= token is [Space];
            if (token.AsSpan().TrimStart(Space).Contains(Space))
            {
                return false;
            }
        }

        return isKnown;
    }

    /// <summary>Adds the ids of a text, word by word.</summary>
    /// <param name="text">The text.</param>
    /// <param name="spaces">The characters that are spaces.</param>
    /// <param name="cache">Knows the ids of words.</param>
    /// <param name="ids">The list.</param>
    public static void AddIds(ReadOnlySpan<char> text, ReadOnlySpan<char> spaces, WordCache cache, List<int> ids)
    {
        while (!text.IsEmpty)
        {
            int end = EndOfFirst(text, spaces);
            cache.AddIds(text[..end], ids);
            text = text[end..];
        }
    }

    /// <summary>The length of the word that a text begins with.</summary>
    public static int EndOfFirst(ReadOnlySpan<char> text, ReadOnlySpan<char> spaces)
    {
        int letters = text.IndexOfAnyExcept(spaces);
        int next = letters < 0 ? -1 : text[letters..].IndexOfAny(spaces);
        return next < 0 ? text.Length : letters + next;
    }
}
