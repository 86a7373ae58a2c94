namespace LongAlign.Data;

/// <summary>Where a row can be read again on its own.</summary>
/// <param name="File">The file.</param>
/// <param name="Options">How it is read.</param>
/// <param name="Offset">Where it begins, in bytes.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Item">The item of an array, from 1; 0 where rows are lines.</param>
internal sealed record RowPlace(string File, ChatReadingOptions Options, long Offset, int Length, long Line, int Item)
{
    public RowPlace(string file, ChatReadingOptions options, JsonRow row)
        : this(file, options, row.Offset, row.Json.Length, row.Line, row.Item)
    {
    }
}
