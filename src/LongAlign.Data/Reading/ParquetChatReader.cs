using System.Buffers;
using System.Text.Json;
using Parquet;
using Parquet.Schema;

namespace LongAlign.Data;

/// <summary>
/// Reads chats in Parquet: its rows are made the objects that JSON Lines have, and read as these. Memory grows with the largest row group. A
/// row group that is damaged is left out as a whole.
/// </summary>
internal static class ParquetChatReader
{
    public static IEnumerable<ChatRow> Read(string path, ChatReadingOptions options)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        ParquetReader? parquet = Open(file, path, out ParquetStructure? structure, out ChatRow fault);
        if (parquet is null)
        {
            yield return fault;
            yield break;
        }

        ChatRowReader reader = new(options);
        Field[] known = [.. parquet.Schema.Fields.Where(field => RowColumns.IsKnown(options.Columns.GetValueOrDefault(field.Name, field.Name)))];
        long firstRow = 1;
        for (int group = 0; group < parquet.RowGroupCount; group++)
        {
            List<ChatRow> rows = ReadGroup(parquet, structure!, group, known, path, file.Length, reader, ref firstRow);
            foreach (ChatRow row in rows)
            {
                yield return row;
            }
        }
    }

    private static ParquetReader? Open(FileStream file, string path, out ParquetStructure? structure, out ChatRow fault)
    {
        structure = null;
        fault = default;
        try
        {
            structure = new ParquetStructure(file);
            return ParquetPatience.Within(file.Length, () => ParquetReader.CreateAsync(file, leaveStreamOpen: true).GetAwaiter().GetResult());
        }
        catch (Exception e)
        {
            fault = new ChatRow(new RowException("damaged file", $"the file is no Parquet file that can be read: {e.Message}", e), path);
            return null;
        }
    }

    private static List<ChatRow> ReadGroup(
        ParquetReader parquet, ParquetStructure structure, int group, Field[] known, string path, long size, ChatRowReader reader, ref long firstRow)
    {
        long first = firstRow;
        long count = 1;
        try
        {
            using ParquetRowGroupReader rows = parquet.OpenRowGroupReader(group);
            count = Math.Max(1, rows.RowCount);
            structure.CheckGroup(group, [.. known.SelectMany(ParquetNode.Columns).Where(ParquetLeaf.IsRead)]);
            return ParquetPatience.Within(size, () => ReadRows(rows, parquet.Schema, known, size, row => $"{path}:{first + row}", reader));
        }
        catch (Exception e)
        {
            // Whatever a damaged file makes of a reader, an index out of range among them, is damage.
            return [new ChatRow(new RowException("damaged file", $"row group {group}, {count} rows from here, can't be read: {e.Message}", e), $"{path}:{first}", count)];
        }
        finally
        {
            firstRow += count;
        }
    }

    private static List<ChatRow> ReadRows(ParquetRowGroupReader group, ParquetSchema schema, Field[] known, long size, Func<long, string> sourceOf, ChatRowReader reader)
    {
        Dictionary<FieldPath, ParquetLeaf> leaves = [];
        try
        {
            foreach (DataField column in known.SelectMany(ParquetNode.Columns))
            {
                if (ParquetLeaf.Read(group, column) is { } leaf)
                {
                    leaves.Add(column.Path, leaf);
                }
            }

            // Columns that are not known are not read, and only named.
            ParquetNode[] fields = [.. schema.Fields.Select(field => new ParquetNode(field, leaves))];
            if (leaves.Count == 0 && group.RowCount > Math.Max(1 << 20, size))
            {
                throw new InvalidDataException($"It is said to have {group.RowCount} rows.");
            }

            List<ChatRow> rows = [];
            ArrayBufferWriter<byte> json = new();
            for (long row = 0; row < group.RowCount; row++)
            {
                json.Clear();
                Write(fields, json);
                string source = sourceOf(row);
                rows.Add(ChatRow.Read(source, unused => reader.Read(json.WrittenMemory, source, unused)));
            }

            return leaves.Values.FirstOrDefault(leaf => !leaf.IsAtEnd) is null ? rows : throw new InvalidDataException($"It has more rows than the {group.RowCount} that it is said to have.");
        }
        finally
        {
            foreach (ParquetLeaf leaf in leaves.Values)
            {
                leaf.Dispose();
            }
        }
    }

    private static void Write(ParquetNode[] fields, ArrayBufferWriter<byte> buffer)
    {
        using Utf8JsonWriter json = new(buffer);
        json.WriteStartObject();
        foreach (ParquetNode field in fields)
        {
            field.WriteProperty(json);
        }

        json.WriteEndObject();
    }
}
