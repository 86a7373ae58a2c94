namespace LongAlign.Data;

/// <summary>What is wrong with a row; who reads the file knows where it stands.</summary>
internal sealed class RowException(string reason, string detail, Exception? inner = null) : Exception(detail, inner)
{
    /// <summary>The kind of fault in a few words, by which reports count.</summary>
    public string Reason { get; } = reason;
}
