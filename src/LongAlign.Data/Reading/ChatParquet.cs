using LongAlign.Native;
using Parquet;
using Parquet.Schema;

namespace LongAlign.Data;

/// <summary>
/// Chats as Parquet: a column <c>messages</c> of lists of <c>{role, content}</c>, as most data sets are published. Read are all rows that
/// <see cref="ChatJsonLines"/> reads, in columns of the same names; lists of messages may be JSON as text.
/// </summary>
public static class ChatParquet
{
    private const int CharactersPerGroup = 1 << 25;

    /// <summary>Reads conversations one by one.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The conversations, read a row group at a time; their source is the file and the row, from 1.</returns>
    /// <exception cref="ChatDataException">A row is not what is expected; the message names file and row.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static IEnumerable<ChatConversation> Read(string path)
    {
        ChatFile.ThrowIfMissing(path);
        return new ChatDataset(ChatSource.OfFiles([path], [], new ChatReadingOptions()));
    }

    /// <summary>Writes conversations; the file appears when it is whole, and takes the place of one that was there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="conversations">Enumerated once; as many as make 32 M characters are held in memory, and are a row group.</param>
    /// <returns>The conversations written.</returns>
    /// <exception cref="NotSupportedException">A conversation has more than roles and texts, such as calls of tools; JSON Lines have a place for it.</exception>
    public static long Write(string path, IEnumerable<ChatConversation> conversations)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(conversations);
        using AtomicFiles files = new();
        long count = WriteAsync(files.Create(path), conversations).GetAwaiter().GetResult();
        files.Commit();
        return count;
    }

    private static async Task<long> WriteAsync(FileStream file, IEnumerable<ChatConversation> conversations)
    {
        DataField roles = new DataField<string>("role");
        DataField contents = new DataField<string>("content");
        ParquetSchema schema = new(new ListField("messages", new StructField("element", roles, contents)));
        ParquetWriter writer = await ParquetWriter.CreateAsync(schema, file).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            long count = 0;
            long characters = 0;
            List<ChatConversation> group = [];
            foreach (ChatConversation conversation in conversations)
            {
                ThrowIfMore(conversation);
                group.Add(conversation);
                count++;
                characters += conversation.Messages.Sum(message => (long)message.Content.Length);
                if (characters >= CharactersPerGroup)
                {
                    await WriteGroupAsync(writer, roles, contents, group).ConfigureAwait(false);
                    characters = 0;
                    group.Clear();
                }
            }

            if (group.Count > 0)
            {
                await WriteGroupAsync(writer, roles, contents, group).ConfigureAwait(false);
            }

            return count;
        }
    }

    private static void ThrowIfMore(ChatConversation conversation)
    {
        if (conversation is not { Text: null, Tools: null, Variables.Count: 0 } || conversation.Messages.Any(message => message is not { Fields.Count: 0, IsLearned: true }))
        {
            throw new NotSupportedException($"{conversation.Source}: the conversation has more than roles and texts, for which the columns have no place; expected {nameof(ChatJsonLines)} for it.");
        }
    }

    private static async Task WriteGroupAsync(ParquetWriter writer, DataField roles, DataField contents, List<ChatConversation> group)
    {
        ChatMessage[] messages = [.. group.SelectMany(conversation => conversation.Messages)];

        // A row without messages still has levels: those of an empty list.
        int[] repetition = [.. group.SelectMany(conversation => Enumerable.Range(0, Math.Max(1, conversation.Messages.Count)).Select(i => i == 0 ? 0 : 1))];
        int[] definition = [.. group.SelectMany(conversation => Enumerable.Repeat(
            conversation.Messages.Count == 0 ? 1 : roles.MaxDefinitionLevel, Math.Max(1, conversation.Messages.Count)))];
        using ParquetRowGroupWriter rows = writer.CreateRowGroup();
        await WriteAsync(rows, roles, messages.Select(message => message.Role)).ConfigureAwait(false);
        await WriteAsync(rows, contents, messages.Select(message => message.Content)).ConfigureAwait(false);

        Task WriteAsync(ParquetRowGroupWriter rows, DataField field, IEnumerable<string> values)
            => rows.WriteAllPartsAsync<ReadOnlyMemory<char>>(field, values.Select(value => value.AsMemory()).ToArray(), definition, repetition, CancellationToken.None);
    }
}
