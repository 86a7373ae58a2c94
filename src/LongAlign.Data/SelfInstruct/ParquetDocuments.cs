using Parquet;
using Parquet.Schema;

namespace LongAlign.Data.SelfInstruct;

/// <summary>Documents of a Parquet file, a row group in memory at a time.</summary>
internal static class ParquetDocuments
{
    public static IEnumerable<Func<SourceDocument>> Read(string path, string name, string textColumn)
    {
        using ParquetFile file = Place(path, () => new ParquetFile(path));
        DataField[] columns = Place(path, () => file.FindColumns(IsText));
        DataField field = Array.Find(columns, column => column.Name == textColumn)
            ?? throw new InvalidDataException($"{path} has no text column '{textColumn}'; there are {string.Join(", ", columns.Select(column => column.Name))}.");
        DataField? ids = Array.Find(columns, column => column.Name == "id");
        DataField[] read = ids is null ? [field] : [field, ids];
        long row = 0;
        for (int group = 0; group < file.GroupCount; group++)
        {
            (string?[] texts, string?[]? names) = Place($"{path}, row {row}", () => file.ReadGroup(group, read, rows => ReadGroup(rows, field, ids, file.MostRows)));
            for (int i = 0; i < texts.Length; i++, row++)
            {
                string source = $"{path}, row {row}";
                string id = names?[i] ?? $"{name}:{row}";
                string? text = texts[i];
                yield return () => new SourceDocument(id, text ?? throw new InvalidDataException($"{source}: the text is null."), source);
            }
        }
    }

    private static (string?[] Texts, string?[]? Ids) ReadGroup(ParquetRowGroupReader rows, DataField text, DataField? ids, long mostRows)
    {
        if (rows.RowCount < 0 || rows.RowCount > mostRows)
        {
            throw new InvalidDataException($"it claims to have {rows.RowCount} rows");
        }

        return (ReadColumn(rows, text), ids is null ? null : ReadColumn(rows, ids));
    }

    private static string?[] ReadColumn(ParquetRowGroupReader rows, DataField field)
    {
        string?[] values = new string?[rows.RowCount];
        rows.ReadAsync(field, values.AsMemory()!).AsTask().GetAwaiter().GetResult();
        return values;
    }

    private static bool IsText(DataField column) => column.Path.Length == 1 && column.MaxRepetitionLevel == 0 && column.ClrType == typeof(ReadOnlyMemory<char>);

    /// <summary>Says where damage is.</summary>
    private static T Place<T>(string where, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (RowException e)
        {
            throw new InvalidDataException($"{where}: {e.Message}", e);
        }
    }
}
