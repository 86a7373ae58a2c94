namespace LongAlign.Data;

/// <summary>Reads chats in JSON Lines row by row. Memory grows with the longest line only.</summary>
internal static class JsonLinesReader
{
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    public static IEnumerable<ChatRow> Read(string path, ChatReadingOptions options)
    {
        Stream? opened = Open(path, out ChatRow damage);
        if (opened is null)
        {
            yield return damage;
            yield break;
        }

        using Stream stream = opened;
        LineReader lines = new(stream);
        while (true)
        {
            ChatRow? row = ReadRow(lines, path, options, out bool isEnd);
            if (row is not null)
            {
                yield return row.Value;
            }

            if (isEnd)
            {
                yield break;
            }
        }
    }

    private static Stream? Open(string path, out ChatRow damage)
    {
        damage = default;
        try
        {
            return CompressedFile.OpenRead(path);
        }
        catch (Exception e) when (CompressedFile.IsDamage(e))
        {
            damage = Damage(path, 1, e);
            return null;
        }
    }

    private static ChatRow Damage(string path, long line, Exception e)
        => new(new ChatDataException($"{path}({line})", "damaged file", $"the file is damaged here, and the rest of it can't be read: {e.Message}", e));

    /// <summary>The next row; null for an empty line.</summary>
    private static ChatRow? ReadRow(LineReader lines, string path, ChatReadingOptions options, out bool isEnd)
    {
        isEnd = true;
        try
        {
            if (!lines.MoveNext())
            {
                return null;
            }
        }
        catch (Exception e) when (CompressedFile.IsDamage(e))
        {
            return Damage(path, lines.Number + 1, e);
        }

        isEnd = false;
        ReadOnlyMemory<byte> line = lines.Line;
        if (lines.Number == 1 && line.Span.StartsWith(ByteOrderMark))
        {
            line = line[ByteOrderMark.Length..];
        }

        if (line.Span.IndexOfAnyExcept(" \t\r"u8) < 0)
        {
            return null;
        }

        try
        {
            ChatConversation conversation = ChatJson.Parse(line, $"{path}({lines.Number})", options);
            return new ChatRow(
                conversation, CompressedFile.IsCompressed(path) ? null : path, lines.Number, lines.Offset + lines.Line.Length - line.Length, line.Length);
        }
        catch (ChatDataException e)
        {
            return new ChatRow(e);
        }
    }
}
