namespace LongAlign.Data;

/// <summary>The place of a row in the files of a mix.</summary>
/// <param name="File">The index of its file.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Item">The item of an array, from 1; 0 where rows are lines.</param>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Offset">The offset of its first byte in the file.</param>
/// <param name="Hash">128 bits of SHA-256 of what it holds.</param>
internal readonly record struct RowReference(int File, int Length, int Item, long Line, long Offset, UInt128 Hash);
