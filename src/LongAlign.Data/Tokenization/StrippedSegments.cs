namespace LongAlign.Data;

/// <summary>Segments without the white space that special tokens beside them take (<c>lstrip</c>, <c>rstrip</c>), as in a text that is tokenized as a whole.</summary>
internal static class StrippedSegments
{
    public static IReadOnlyList<ChatSegment> Of(IReadOnlyList<ChatSegment> segments, IReadOnlyDictionary<string, AddedToken> tokens)
    {
        if (tokens.Count == 0)
        {
            return segments;
        }

        ChatSegment[] all = [.. segments];
        for (int i = 0; i < all.Length; i++)
        {
            if (!all[i].IsSpecial || !tokens.TryGetValue(all[i].Text, out AddedToken? token))
            {
                continue;
            }

            bool isSpace = token.StripsRight;
            for (int next = i + 1; isSpace && next < all.Length && !all[next].IsSpecial; next++)
            {
                all[next] = all[next].WithText(all[next].Text.TrimStart());
                isSpace = all[next].Text.Length == 0;
            }

            isSpace = token.StripsLeft;
            for (int before = i - 1; isSpace && before >= 0 && !all[before].IsSpecial; before--)
            {
                all[before] = all[before].WithText(all[before].Text.TrimEnd());
                isSpace = all[before].Text.Length == 0;
            }
        }

        return all;
    }
}
