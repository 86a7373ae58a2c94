using System.Text;

namespace LongAlign.Data;

/// <summary>Where tokens stand in the text that they are of.</summary>
internal static class TokenPlaces
{
    /// <summary>Finds the tokens behind borders in a text, by the bytes that tokens stand for.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="text">The text.</param>
    /// <param name="ids">Its tokens.</param>
    /// <param name="borders">Places in the text, in order.</param>
    /// <param name="firsts">For each border the first token that begins at it or behind it.</param>
    /// <param name="straddles">For each border whether a token stands across it.</param>
    /// <returns>False where the tokens' bytes are not those of the text: it was changed before it was tokenized, or they aren't known.</returns>
    public static bool TryFind(ModelTokenizer tokenizer, ReadOnlySpan<char> text, ReadOnlySpan<int> ids, ReadOnlySpan<int> borders, Span<int> firsts, Span<bool> straddles)
    {
        byte[] bytes = Utf8(tokenizer, text);
        if (!TryFindStarts(tokenizer, bytes, ids, out int[] starts))
        {
            return false;
        }

        for (int i = 0; i < borders.Length; i++)
        {
            byte[] before = Utf8(tokenizer, text[..borders[i]]);
            if (!bytes.AsSpan().StartsWith(before))
            {
                return false;
            }

            int first = Array.BinarySearch(starts, 0, ids.Length, before.Length);
            straddles[i] = first < 0 && before.Length < bytes.Length;
            first = first < 0 ? ~first : first;

            // Tokens without bytes share a start; the first of them counts.
            while (first > 0 && starts[first - 1] == before.Length)
            {
                first--;
            }

            firsts[i] = first;
        }

        return true;
    }

    private static bool TryFindStarts(ModelTokenizer tokenizer, byte[] bytes, ReadOnlySpan<int> ids, out int[] starts)
    {
        starts = new int[ids.Length];
        long length = 0;
        foreach (int id in ids)
        {
            length += tokenizer.Bytes(id)?.Length ?? bytes.Length + 2L;
        }

        // SentencePiece may begin a text with a space of its own.
        int added = length == bytes.Length + 1 && tokenizer.Bytes(ids[0]) is [(byte)' ', ..] ? 1 : 0;
        if (length != bytes.Length + added)
        {
            return false;
        }

        int at = -added;
        for (int t = 0; t < ids.Length; t++)
        {
            ReadOnlySpan<byte> token = tokenizer.Bytes(ids[t]);
            starts[t] = Math.Max(at, 0);
            if (!bytes.AsSpan(starts[t]).StartsWith(token[(starts[t] - at)..]))
            {
                return false;
            }

            at += token.Length;
        }

        return true;
    }

    private static byte[] Utf8(ModelTokenizer tokenizer, ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> normalized = tokenizer.Tokenizer.Normalizer is { } normalizer ? normalizer.Normalize(text) : text;
        byte[] bytes = new byte[Encoding.UTF8.GetByteCount(normalized)];
        Encoding.UTF8.GetBytes(normalized, bytes);
        return bytes;
    }
}
