using System.Runtime.InteropServices;

namespace LongAlign.Data;

/// <summary>Tokenizes segments as the one text that they are, and tells which tokens are whose.</summary>
internal static class JoinedText
{
    /// <summary>Adds the segments' ids and labels.</summary>
    /// <returns>The number of tokens across a border of what is learned.</returns>
    /// <exception cref="ChatDataException">One does, and that is an error.</exception>
    public static int Add(
        IReadOnlyList<ChatSegment> segments, int start, int end, bool continues, ModelTokenizer tokenizer, BorderTokens policy, string source, SequenceBuffer buffer)
    {
        string[] texts = [.. Enumerable.Range(start, end - start).Select(i => segments[i].Text)];
        int[] borders = new int[texts.Length - 1];
        for (int i = 0, at = 0; i < borders.Length; i++)
        {
            borders[i] = at += texts[i].Length;
        }

        string text = string.Concat(texts);
        int first = buffer.Ids.Count;
        tokenizer.AddIds(text, continues, buffer.Ids);
        int[] firsts = new int[borders.Length];
        bool[] straddles = new bool[borders.Length];
        bool isKnown = TokenPlaces.TryFind(tokenizer, text, CollectionsMarshal.AsSpan(buffer.Ids)[first..], borders, firsts, straddles);
        int crossing = isKnown ? Enumerable.Range(0, borders.Length).Count(i => straddles[i] && IsBorder(i)) : 0;
        if (crossing > 0 && policy == BorderTokens.Refuse)
        {
            int at = borders[Enumerable.Range(0, borders.Length).First(i => straddles[i] && IsBorder(i))];
            throw new ChatDataException(
                source, "token across a border", $"a token stands across the border between '{text[Math.Max(0, at - 10)..at]}' and '{text[at..Math.Min(text.Length, at + 10)]}', one side of which is learned; it may go by its first character, or be split.");
        }

        if (!isKnown || (crossing > 0 && policy == BorderTokens.Split))
        {
            int[] whole = [.. buffer.Ids.Skip(first)];
            buffer.Ids.RemoveRange(first, whole.Length);
            AddInParts(texts, continues, tokenizer, buffer, firsts, i => !isKnown || IsBorder(i));
            bool isSame = CollectionsMarshal.AsSpan(buffer.Ids)[first..].SequenceEqual(whole);
            if (!isKnown && !isSame && policy == BorderTokens.Refuse)
            {
                throw new ChatDataException(source, "token across a border", "the tokenizer does not tell where its tokens stand, and they are others when the text is tokenized in parts; it may be split.");
            }

            crossing = isSame ? 0 : Math.Max(1, crossing);
        }

        for (int i = 0; i < texts.Length; i++)
        {
            int from = first + (i == 0 ? 0 : firsts[i - 1]);
            int to = i < firsts.Length ? first + firsts[i] : buffer.Ids.Count;
            bool isTarget = segments[start + i].IsTarget;
            buffer.Label(isTarget, to);
            if (!isTarget)
            {
                buffer.Prompts.Add((from, to - from));
            }
        }

        return crossing;

        bool IsBorder(int i) => segments[start + i].IsTarget != segments[start + i + 1].IsTarget;
    }

    private static void AddInParts(string[] texts, bool continues, ModelTokenizer tokenizer, SequenceBuffer buffer, int[] firsts, Func<int, bool> isCut)
    {
        int first = buffer.Ids.Count;
        for (int i = 0, end; i < texts.Length; i = end)
        {
            end = i + 1;
            while (end < texts.Length && !isCut(end - 1))
            {
                end++;
            }

            int begin = buffer.Ids.Count - first;
            tokenizer.AddIds(string.Concat(texts[i..end]), continues || i > 0, buffer.Ids);

            // Borders within a part are between texts of which none, or all, is learned.
            firsts.AsSpan(i, end - i - 1).Fill(begin);
            if (end < texts.Length)
            {
                firsts[end - 1] = buffer.Ids.Count - first;
            }
        }
    }
}
