using Parquet;

namespace LongAlign.Data;

/// <summary>
/// Reads chats in Parquet: a column <c>messages</c> or <c>conversations</c> that is a list of structs of two texts, or one text of JSON.
/// Memory grows with the largest row group. A row group that is damaged is left out as a whole.
/// </summary>
internal static class ParquetChatReader
{
    public static IEnumerable<ChatRow> Read(string path, ChatReadingOptions options)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        ParquetReader? parquet = Open(file, path, out ParquetStructure? structure, out ParquetChatColumns? columns, out ChatRow fault);
        if (parquet is null)
        {
            yield return fault;
            yield break;
        }

        long firstRow = 1;
        for (int group = 0; group < parquet.RowGroupCount; group++)
        {
            List<ChatRow> rows = ReadGroup(parquet, structure!, group, columns!, path, file.Length, options, ref firstRow);
            foreach (ChatRow row in rows)
            {
                yield return row;
            }
        }
    }

    private static ParquetReader? Open(FileStream file, string path, out ParquetStructure? structure, out ParquetChatColumns? columns, out ChatRow fault)
    {
        structure = null;
        columns = null;
        fault = default;
        try
        {
            structure = new ParquetStructure(file);
            ParquetReader parquet = ParquetPatience.Within(file.Length, () => ParquetReader.CreateAsync(file, leaveStreamOpen: true).GetAwaiter().GetResult());
            columns = ParquetChatColumns.Find(parquet.Schema, path);
            return parquet;
        }
        catch (ChatDataException e)
        {
            fault = new ChatRow(e);
        }
        catch (Exception e)
        {
            fault = new ChatRow(new ChatDataException(path, "damaged file", $"the file is no Parquet file that can be read: {e.Message}", e));
        }

        return null;
    }

    private static List<ChatRow> ReadGroup(
        ParquetReader parquet, ParquetStructure structure, int group, ParquetChatColumns columns, string path, long size, ChatReadingOptions options, ref long firstRow)
    {
        long first = firstRow;
        long count = 1;
        try
        {
            using ParquetRowGroupReader reader = parquet.OpenRowGroupReader(group);
            count = Math.Max(1, reader.RowCount);
            structure.CheckGroup(group, columns.List is null ? [columns.Roles] : [columns.Roles, columns.Contents]);
            List<ChatRow> rows = ParquetPatience.Within(size, () => columns.Read(reader, path, first, options));
            return rows.Count == reader.RowCount ? rows : throw new InvalidDataException($"It has {rows.Count} rows, and is said to have {reader.RowCount}.");
        }
        catch (Exception e)
        {
            // Whatever a damaged file makes of a reader, an index out of range among them, is damage.
            return [new ChatRow(new ChatDataException(
                $"{path}({first})", "damaged file", $"row group {group}, {count} rows from here, can't be read: {e.Message}", e), count)];
        }
        finally
        {
            firstRow += count;
        }
    }
}
