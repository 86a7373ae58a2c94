namespace LongAlign.Data;

/// <summary>A row of a file: a conversation, or what is wrong with it.</summary>
internal readonly record struct ChatRow
{
    public ChatRow(ChatConversation conversation, string? file = null, long line = 0, long offset = 0, int length = 0)
    {
        Conversation = conversation;
        File = file;
        Line = line;
        Offset = offset;
        Length = length;
    }

    public ChatRow(ChatDataException fault, long count = 1)
    {
        Fault = fault;
        Count = count;
    }

    public ChatConversation? Conversation { get; }

    public ChatDataException? Fault { get; }

    /// <summary>The file from which the row can be read again on its own; null where it can't.</summary>
    public string? File { get; }

    /// <summary>The row's line in that file, from 1.</summary>
    public long Line { get; }

    /// <summary>Where the row begins in its file, in bytes.</summary>
    public long Offset { get; }

    /// <summary>The row's bytes.</summary>
    public int Length { get; }

    /// <summary>The rows that the fault stands for.</summary>
    public long Count { get; } = 1;
}
