namespace LongAlign.Data;

/// <summary>The place from which a row can be read again alone.</summary>
/// <param name="File">The file.</param>
/// <param name="Options">The options of reading.</param>
/// <param name="Offset">The offset of its first byte.</param>
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
