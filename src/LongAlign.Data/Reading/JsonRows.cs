using System.Text;

namespace LongAlign.Data;

/// <summary>
/// Reads the rows of a file of JSON: one to a line, or the items of an array, or whole objects over several lines. Memory grows with the longest
/// row only.
/// </summary>
internal static class JsonRows
{
    public static IEnumerable<JsonRow> Read(string path, Encoding? encoding = null)
    {
        Utf8Text? opened = Open(path, encoding, out JsonRow damage);
        if (opened is null)
        {
            yield return damage;
            yield break;
        }

        using Utf8Text text = opened;
        LineReader lines = new(text.Stream);
        JsonValueReader? values = null;
        bool isDamaged = false;
        for (bool isFirst = true; !isDamaged; isFirst = false)
        {
            JsonRow row;
            try
            {
                values ??= isFirst ? JsonValueReader.TryBegin(lines) : null;
                if (values is not null ? !values.MoveNext() : !lines.MoveNext())
                {
                    yield break;
                }

                row = values?.Row ?? new JsonRow(lines.Number, 0, lines.Line) { Offset = lines.Offset };
            }
            catch (Exception e) when (CompressedFile.IsDamage(e))
            {
                row = Damage(lines.Number + 1, e, encoding);
                isDamaged = true;
            }

            if (row.Fault is not null || row.Json.Span.IndexOfAnyExcept(" \t\r"u8) >= 0)
            {
                yield return row with { Offset = text.IsAsInFile ? row.Offset + text.Skipped : -1 };
            }

            isDamaged |= values is { IsAtEnd: true } && row.Fault is not null;
        }
    }

    private static Utf8Text? Open(string path, Encoding? encoding, out JsonRow damage)
    {
        damage = default;
        try
        {
            return TextFile.Open(path, encoding);
        }
        catch (Exception e) when (CompressedFile.IsDamage(e))
        {
            damage = Damage(1, e, encoding);
            return null;
        }
    }

    private static JsonRow Damage(long line, Exception e, Encoding? encoding)
        => new(line, 0, default) { Fault = new RowException("damaged file", $"the file is damaged here, and the rest of it can't be read: {TextFile.Describe(e, encoding)}", e) };
}
