using Parquet;
using Parquet.Schema;

namespace LongAlign.Data.Tests;

/// <summary>Rows of Parquet are judged as those of JSON Lines are.</summary>
public sealed class ParquetRowTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Calls_thoughts_and_columns_beside_the_messages_are_read()
    {
        DataField role = new DataField<string>("role");
        DataField content = new DataField<string>("content");
        DataField thoughts = new DataField<string>("reasoning_content");
        DataField weight = new DataField<double?>("weight");
        DataField name = new DataField<string>("name");
        DataField city = new DataField<string>("city");
        DataField days = new DataField<long?>("days");
        StructField function = new("function", name, new StructField("arguments", city, days));
        ListField calls = new("tool_calls", new StructField("element", function));
        DataField system = new DataField<string>("system");
        DataField id = new DataField<int>("id");
        string path = _folder.File("a.parquet");
        ParquetSchema schema = new(new ListField("messages", new StructField("element", role, content, thoughts, weight, calls)), system, id);
        await using (FileStream file = File.Create(path))
        {
            await using ParquetWriter writer = await ParquetWriter.CreateAsync(schema, file);
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            int there = role.MaxDefinitionLevel;
            int[] rows = [0, 1, 0, 1];
            await Texts(group, role, ["user", "assistant", "user", "assistant"], [there, there, there, there], rows);
            await Texts(group, content, ["q", "r", "a"], [there, there - 1, there, there], rows);
            await Texts(group, thoughts, ["hm"], [there - 1, there - 1, there - 1, there], rows);
            await group.WriteAllPartsAsync<double>(weight, new[] { 0.0 }, new[] { there - 1, there - 1, there - 1, there }, rows, CancellationToken.None);

            // The first message has no list of calls, the second two calls, the third none, the fourth an empty list.
            int call = name.MaxDefinitionLevel;
            int[] repetitions = [0, 1, 2, 0, 1];
            await Texts(group, name, ["f", "g"], [calls.MaxDefinitionLevel - 2, call, call, calls.MaxDefinitionLevel - 2, calls.MaxDefinitionLevel - 1], repetitions);
            await Texts(group, city, ["Oslo"], [calls.MaxDefinitionLevel - 2, city.MaxDefinitionLevel, city.MaxDefinitionLevel - 1, calls.MaxDefinitionLevel - 2, calls.MaxDefinitionLevel - 1], repetitions);
            await group.WriteAllPartsAsync<long>(days, new[] { 3L }, new[] { calls.MaxDefinitionLevel - 2, days.MaxDefinitionLevel - 1, days.MaxDefinitionLevel, calls.MaxDefinitionLevel - 2, calls.MaxDefinitionLevel - 1 }, repetitions, CancellationToken.None);
            await Texts(group, system, ["Be exact."], [1, 0], null);
            await group.WriteAllPartsAsync<int>(id, new[] { 7, 8 }, null, null, CancellationToken.None);
        }

        DataReport? report = null;
        ChatConversation[] chats = [.. ChatDataset.Load([path], new ChatReadingOptions()).Read(r => report = r)];
        Assert.Equal(["system:Be exact.", "user:q", "assistant:"], chats[0].Messages.Select(message => $"{message.Role}:{message.Content}"));
        Assert.Equal(
            """[{"function":{"name":"f","arguments":{"city":"Oslo"}},"type":"function"},{"function":{"name":"g","arguments":{"days":3}},"type":"function"}]""",
            chats[0].Messages[2].Fields["tool_calls"].GetRawText());
        Assert.Equal(["user:r", "assistant:a"], chats[1].Messages.Select(message => $"{message.Role}:{message.Content}"));
        Assert.Equal("hm", chats[1].Messages[1].Fields["reasoning_content"].GetString());
        Assert.Equal(["reasoning_content"], chats[1].Messages[1].Fields.Keys);
        Assert.False(chats[1].Messages[1].IsLearned);
        Assert.Equal($"not used 2: column 'id' ({path}:1; …)", report!.ToString().Split(Environment.NewLine)[1].Trim());
    }

    [Fact]
    public async Task Columns_of_text_are_instructions_prompts_or_text()
    {
        Assert.Equal("user:Hi\nthere|assistant:Hello", await Read(("instruction", "Hi"), ("input", "there"), ("output", "Hello")));
        Assert.Equal("Name a colour:| Red", await Read(("prompt", "Name a colour:"), ("completion", " Red")));
        Assert.Equal("|Once", await Read(("text", "Once"), ("label", null)));
        Assert.Equal("user:Hi|assistant:Hello", await Read(("messages", "[{\"role\":\"user\",\"content\":\"Hi\"},{\"from\":\"gpt\",\"value\":\"Hello\"}]"), ("system", "")));
        Assert.Contains(":1: the column 'chosen' has preferences", (await Assert.ThrowsAsync<ChatDataException>(() => Read(("prompt", "a"), ("chosen", "b"), ("rejected", "c")))).Message, StringComparison.Ordinal);
        Assert.Contains("no conversation in question, answer", (await Assert.ThrowsAsync<ChatDataException>(() => Read(("question", "a"), ("answer", "b")))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_columns_have_no_place_for_is_not_written()
    {
        string path = _folder.File("a.parquet");
        ChatConversation chat = Conversations.Of("q", "a");
        Assert.Throws<NotSupportedException>(() => ChatParquet.Write(path, [chat with { Text = new PlainText("a", "b") }]));
        Assert.Throws<NotSupportedException>(() => ChatParquet.Write(path, [chat with { Messages = [chat.Messages[0], chat.Messages[1] with { IsLearned = false }] }]));
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task Rows_behind_an_empty_row_group_are_counted_by_what_is_there()
    {
        string path = _folder.File("a.parquet");
        DataField text = new DataField<string>("text");
        await using (FileStream file = File.Create(path))
        {
            await using ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(text), file);
            foreach (string[] values in new string[][] { ["a"], [], ["b"] })
            {
                using ParquetRowGroupWriter group = writer.CreateRowGroup();
                await Texts(group, text, values, [.. values.Select(_ => 1)], null);
            }
        }

        Assert.Equal([$"{path}:1", $"{path}:2"], ChatDataset.Load(path).Select(chat => chat.Source));
    }

    private static Task Texts(ParquetRowGroupWriter group, DataField field, string[] values, int[] definitions, int[]? repetitions)
        => group.WriteAllPartsAsync<ReadOnlyMemory<char>>(field, values.Select(value => value.AsMemory()).ToArray(), definitions, repetitions, CancellationToken.None);

    private async Task<string> Read(params (string Name, string? Value)[] columns)
    {
        string path = _folder.File("b.parquet");
        DataField[] fields = [.. columns.Select(column => new DataField<string>(column.Name))];
        await using (FileStream file = File.Create(path))
        {
            await using ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields), file);
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            for (int i = 0; i < fields.Length; i++)
            {
                await Texts(group, fields[i], columns[i].Value is { } value ? [value] : [], [columns[i].Value is null ? 0 : 1], null);
            }
        }

        ChatConversation chat = Assert.Single(ChatDataset.Load(path));
        return chat.Text is { } text ? $"{text.Prompt}|{text.Completion}" : string.Join('|', chat.Messages.Select(message => $"{message.Role}:{message.Content}"));
    }
}
