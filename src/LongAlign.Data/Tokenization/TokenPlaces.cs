using System.Text;

namespace LongAlign.Data;

/// <summary>Finds the places of tokens in their text.</summary>
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
        ReadOnlySpan<char> normalized = tokenizer.Normalize(text);
        byte[] bytes = Utf8(normalized);
        if (!TryFindStarts(tokenizer, bytes, ids, out int[] starts))
        {
            return false;
        }

        bool isUnchanged = normalized.SequenceEqual(text);
        for (int i = 0, place = 0; i < borders.Length; i++)
        {
            place = isUnchanged ? PlaceAfter(text, i == 0 ? 0 : borders[i - 1], borders[i], place) : PlaceOf(tokenizer, text[..borders[i]], bytes);
            if (place < 0)
            {
                return false;
            }

            int first = Array.BinarySearch(starts, 0, ids.Length, place);
            straddles[i] = first < 0 && place < bytes.Length;
            first = first < 0 ? ~first : first;

            // Tokens without bytes share a start; the first of them counts.
            while (first > 0 && starts[first - 1] == place)
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

        // SentencePiece may put a space before a text.
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

    /// <summary>The bytes before a border, from those before another; negative where it stands within a character.</summary>
    private static int PlaceAfter(ReadOnlySpan<char> text, int from, int border, int place)
        => border > 0 && border < text.Length && char.IsSurrogatePair(text[border - 1], text[border]) ? -1 : place + Encoding.UTF8.GetByteCount(text[from..border]);

    /// <summary>The bytes before a border where normalizing changes the text; negative where what comes behind changes them.</summary>
    private static int PlaceOf(ModelTokenizer tokenizer, ReadOnlySpan<char> before, byte[] bytes)
    {
        byte[] own = Utf8(tokenizer.Normalize(before));
        return bytes.AsSpan().StartsWith(own) ? own.Length : -1;
    }

    private static byte[] Utf8(ReadOnlySpan<char> text)
    {
        byte[] bytes = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }
}
