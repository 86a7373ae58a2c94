namespace LongAlign.Data;

/// <summary>A row of a file: a conversation, or what is wrong with it.</summary>
internal readonly record struct ChatRow
{
    public ChatRow(ChatConversation conversation) => Conversation = conversation;

    public ChatRow(RowException fault, string source, long count = 1)
    {
        Fault = new ChatDataException(source, fault.Reason, fault.Message, fault.InnerException);
        Count = count;
    }

    public ChatConversation? Conversation { get; private init; }

    public ChatDataException? Fault { get; }

    /// <summary>Columns and keys that the row has and nothing is made of.</summary>
    public IReadOnlyCollection<string> Unused { get; private init; } = [];

    /// <summary>The place from which the row can be read again; null where it can't.</summary>
    public RowPlace? Place { get; init; }

    /// <summary>The rows that the fault stands for.</summary>
    public long Count { get; } = 1;

    /// <summary>Makes a row of what reading gives.</summary>
    public static ChatRow Read(string source, Func<ICollection<string>, ChatConversation> read)
    {
        try
        {
            SortedSet<string> unused = new(StringComparer.Ordinal);
            return new ChatRow(read(unused)) { Unused = unused };
        }
        catch (RowException e)
        {
            return new ChatRow(e, source);
        }
    }
}
