using Parquet;
using Parquet.Data;
using Parquet.Schema;

namespace LongAlign.Data;

/// <summary>The columns of a Parquet file that hold conversations.</summary>
/// <param name="List">The list of messages; null where there is one text of JSON.</param>
/// <param name="Roles">Who speaks, or the text of JSON.</param>
/// <param name="Contents">What is said.</param>
internal sealed record ParquetChatColumns(ListField? List, DataField Roles, DataField Contents)
{
    private bool IsShareGpt => Roles.Name == "from";

    /// <exception cref="ChatDataException">There are no such columns.</exception>
    public static ParquetChatColumns Find(ParquetSchema schema, string path)
    {
        Field? field = schema.Fields.FirstOrDefault(f => f.Name == "messages") ?? schema.Fields.FirstOrDefault(f => f.Name == "conversations");
        if (field is DataField text && text.ClrType == typeof(ReadOnlyMemory<char>) && text.MaxRepetitionLevel == 0)
        {
            return new ParquetChatColumns(null, text, text);
        }

        if (field is ListField { Item: StructField message } list)
        {
            foreach ((string role, string content) in new[] { ("role", "content"), ("from", "value") })
            {
                DataField? roles = Text(message, role);
                DataField? contents = Text(message, content);
                if (roles is not null && contents is not null)
                {
                    return new ParquetChatColumns(list, roles, contents);
                }
            }
        }

        throw new ChatDataException(path, "no messages", $"there is no column 'messages' or 'conversations' of lists of {{role, content}} or {{from, value}}, nor one of JSON text; there are {string.Join(", ", schema.Fields.Select(f => f.Name))}.");
    }

    public List<ChatRow> Read(ParquetRowGroupReader group, string path, long firstRow, ChatReadingOptions options)
    {
        using RawColumnData<ReadOnlyMemory<char>> roles = ReadColumn(group, Roles);
        if (List is null)
        {
            return ReadJson(roles, path, firstRow, options);
        }

        using RawColumnData<ReadOnlyMemory<char>> contents = ReadColumn(group, Contents);
        return ReadLists(roles, contents, path, firstRow, options);
    }

    private static DataField? Text(StructField message, string name)
        => message.Fields.OfType<DataField>().FirstOrDefault(field => field.Name == name && field.ClrType == typeof(ReadOnlyMemory<char>));

    private static RawColumnData<ReadOnlyMemory<char>> ReadColumn(ParquetRowGroupReader group, DataField field)
        => (RawColumnData<ReadOnlyMemory<char>>)group.ReadRawColumnDataBaseAsync(field).AsTask().GetAwaiter().GetResult();

    private List<ChatRow> ReadJson(RawColumnData<ReadOnlyMemory<char>> texts, string path, long firstRow, ChatReadingOptions options)
    {
        List<ChatRow> rows = [];
        ReadOnlySpan<int> levels = texts.DefinitionLevels;
        int value = 0;
        int count = levels.IsEmpty ? texts.Values.Length : levels.Length;
        for (int i = 0; i < count; i++)
        {
            string source = $"{path}({firstRow + i})";
            string? json = levels.IsEmpty || levels[i] == Roles.MaxDefinitionLevel ? texts.Values[value++].ToString() : null;
            rows.Add(Row(source, () => json is null
                ? throw new ChatDataException(source, "no messages", $"'{Roles.Name}' is null; expected a list of messages as JSON.")
                : ChatJson.ParseArray(json, source, options)));
        }

        return rows;
    }

    private List<ChatRow> ReadLists(
        RawColumnData<ReadOnlyMemory<char>> roles, RawColumnData<ReadOnlyMemory<char>> contents, string path, long firstRow, ChatReadingOptions options)
    {
        // Dremel's levels: a repetition level of 0 begins a row; the definition level tells how much of the path to a value is there.
        int[] repetition = roles.RepetitionLevels.ToArray();
        if (!roles.RepetitionLevels.SequenceEqual(contents.RepetitionLevels))
        {
            throw new InvalidDataException($"'{Roles.Name}' and '{Contents.Name}' are of lists of different lengths.");
        }

        string?[] names = Expand(roles, Roles.MaxDefinitionLevel);
        string?[] texts = Expand(contents, Contents.MaxDefinitionLevel);
        int[] defined = roles.DefinitionLevels.ToArray();
        List<ChatRow> rows = [];
        for (int start = 0; start < repetition.Length;)
        {
            int end = start + 1;
            while (end < repetition.Length && repetition[end] > 0)
            {
                end++;
            }

            string source = $"{path}({firstRow + rows.Count})";
            (int from, int to) = (start, end);
            rows.Add(Row(source, () => ReadList(defined, names, texts, from, to, source, options)));
            start = end;
        }

        return rows;
    }

    private ChatMessage[] ReadList(int[] defined, string?[] names, string?[] texts, int start, int end, string source, ChatReadingOptions options)
    {
        // Below the list's own level, the list is empty; and below that of an empty one, it is null.
        int repeated = List!.MaxDefinitionLevel;
        if (defined[start] < repeated)
        {
            return defined[start] == repeated - 1
                ? []
                : throw new ChatDataException(source, "no messages", $"'{List.Name}' is null; expected a list of messages.");
        }

        return [.. Enumerable.Range(start, end - start).Select(i => ChatRoles.Check(
            names[i] ?? throw Missing(Roles, i - start), () => texts[i] ?? throw Missing(Contents, i - start), i - start, source, options, IsShareGpt))];

        ChatDataException Missing(DataField field, int message)
            => new(source, $"no {field.Name}", $"message {message} has no text '{field.Name}'; expected {{{Roles.Name}, {Contents.Name}}}, both texts.");
    }

    private static ChatRow Row(string source, Func<IReadOnlyList<ChatMessage>> read)
    {
        try
        {
            return new ChatRow(new ChatConversation(read(), source));
        }
        catch (ChatDataException e)
        {
            return new ChatRow(e);
        }
    }

    /// <summary>The values with nulls where there is none.</summary>
    private static string?[] Expand(RawColumnData<ReadOnlyMemory<char>> column, int maxLevel)
    {
        ReadOnlySpan<int> levels = column.DefinitionLevels;
        string?[] values = new string?[column.RepetitionLevels.Length];
        int next = 0;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = levels.IsEmpty || levels[i] == maxLevel ? column.Values[next++].ToString() : null;
        }

        return values;
    }
}
