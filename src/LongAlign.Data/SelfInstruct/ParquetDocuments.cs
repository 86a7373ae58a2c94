using Parquet;
using Parquet.Schema;

namespace LongAlign.Data.SelfInstruct;

/// <summary>Documents of a Parquet file, a row group in memory at a time.</summary>
internal static class ParquetDocuments
{
    public static IEnumerable<Func<SourceDocument>> Read(string path, string name, string textColumn)
    {
        using FileStream file = File.OpenRead(path);
        ParquetStructure structure = Damage(path, () => new ParquetStructure(file));
        ParquetReader reader = Damage(path, () => ParquetPatience.Within(file.Length, () => Wait(ParquetReader.CreateAsync(file))));
        try
        {
            DataField[] columns = Damage(path, () => Array.FindAll(reader.Schema.GetDataFields(), IsText));
            DataField field = Array.Find(columns, column => column.Name == textColumn)
                ?? throw new InvalidDataException($"{path} has no text column '{textColumn}'; there are {string.Join(", ", columns.Select(column => column.Name))}.");
            DataField? ids = Array.Find(columns, column => column.Name == "id");
            long row = 0;
            for (int group = 0; group < reader.RowGroupCount; group++)
            {
                (string?[] texts, string?[]? names) = Damage($"{path}, row group {group}", () =>
                {
                    structure.CheckGroup(group, ids is null ? [field] : [field, ids]);
                    return ParquetPatience.Within(file.Length, () => ReadGroup(reader, group, field, ids, Math.Max(1 << 20, file.Length)));
                });
                for (int i = 0; i < texts.Length; i++, row++)
                {
                    string source = $"{path}, row {row}";
                    string id = names?[i] ?? $"{name}:{row}";
                    string? text = texts[i];
                    yield return () => new SourceDocument(id, text ?? throw new InvalidDataException($"{source}: the text is null."), source);
                }
            }
        }
        finally
        {
            reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private static (string?[] Texts, string?[]? Ids) ReadGroup(ParquetReader reader, int group, DataField text, DataField? ids, long mostRows)
    {
        using ParquetRowGroupReader rows = reader.OpenRowGroupReader(group);
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

    private static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();

    /// <summary>The reader of a damaged file throws whatever its arithmetic comes to.</summary>
    private static T Damage<T>(string where, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new InvalidDataException($"{where}: the Parquet file can't be read: {e.Message}", e);
        }
    }
}
