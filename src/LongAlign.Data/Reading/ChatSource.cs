namespace LongAlign.Data;

/// <summary>Where the rows of a dataset come from.</summary>
internal abstract class ChatSource
{
    /// <summary>What happens to rows that are no conversations.</summary>
    public virtual BadRowPolicy BadRows => BadRowPolicy.Throw;

    /// <summary>The report of what was before.</summary>
    public virtual DataReport? Before => null;

    /// <summary>The rows, in order; each call begins anew.</summary>
    public abstract IEnumerable<ChatRow> Read();
}
