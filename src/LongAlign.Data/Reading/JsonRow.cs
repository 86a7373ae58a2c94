namespace LongAlign.Data;

/// <summary>A row of a file of JSON, not yet parsed, or what is wrong with the file from there on.</summary>
/// <param name="Line">The line on which it begins, from 1.</param>
/// <param name="Item">The item of an array, from 1; 0 where rows are lines.</param>
/// <param name="Json">Its bytes, until the next row is read.</param>
internal readonly record struct JsonRow(long Line, int Item, ReadOnlyMemory<byte> Json)
{
    /// <summary>The offset of the row's first byte in its file; negative where it can't be read again by its place.</summary>
    public long Offset { get; init; } = -1;

    public RowException? Fault { get; init; }

    /// <summary>The row's name in errors and reports.</summary>
    public string NameIn(string path) => NameOf(path, Line, Item);

    public static string NameOf(string path, long line, int item) => item == 0 ? $"{path}:{line}" : $"{path}:{line}, item {item}";
}
