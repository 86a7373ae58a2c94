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
        ParquetFile? opened = Open(path, out ChatRow fault);
        if (opened is null)
        {
            yield return fault;
            yield break;
        }

        using ParquetFile file = opened;
        ChatRowReader reader = new(options);
        Field[] known = [.. file.Schema.Fields.Where(field => RowColumns.IsKnown(options.Columns.GetValueOrDefault(field.Name, field.Name)))];
        long next = 1;
        for (int group = 0; group < file.GroupCount; group++)
        {
            foreach (ChatRow row in ReadGroup(file, group, known, path, next, reader))
            {
                yield return row;
                next += row.Count;
            }
        }
    }

    private static ParquetFile? Open(string path, out ChatRow fault)
    {
        fault = default;
        try
        {
            return new ParquetFile(path);
        }
        catch (RowException e)
        {
            fault = new ChatRow(e, path);
            return null;
        }
    }

    private static List<ChatRow> ReadGroup(ParquetFile file, int group, Field[] known, string path, long first, ChatRowReader reader)
    {
        try
        {
            IEnumerable<DataField> columns = known.SelectMany(ParquetNode.Columns).Where(ParquetLeaf.IsRead);
            return file.ReadGroup(group, columns, rows => ReadRows(rows, file, known, row => $"{path}:{first + row}", reader));
        }
        catch (RowException e)
        {
            return [new ChatRow(e, $"{path}:{first}", file.CountRows(group))];
        }
    }

    private static List<ChatRow> ReadRows(ParquetRowGroupReader group, ParquetFile file, Field[] known, Func<long, string> sourceOf, ChatRowReader reader)
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
            ParquetNode[] fields = [.. file.Schema.Fields.Select(field => new ParquetNode(field, leaves))];
            if (leaves.Count == 0 && group.RowCount > file.MostRows)
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
