namespace LongAlign.Data;

/// <summary>How chats are read.</summary>
public sealed record ChatReadingOptions
{
    /// <summary>Gets what happens to a row that is no conversation, and to the rest of a damaged file.</summary>
    /// <value><see cref="BadRowPolicy.Throw"/> by default.</value>
    public BadRowPolicy BadRows { get; init; }

    /// <summary>Gets whether a message without text is a fault.</summary>
    /// <value>False by default: an empty answer is kept and not learnt.</value>
    public bool RefuseEmptyContent { get; init; }
}
