namespace LongAlign.Data;

/// <summary>The fault of a row; the reader of the file adds its place.</summary>
internal sealed class RowException(string reason, string detail, Exception? inner = null) : Exception(detail, inner)
{
    /// <summary>The kind of fault in a few words, by which reports count.</summary>
    public string Reason { get; } = reason;
}
