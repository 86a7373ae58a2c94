namespace LongAlign.Data;

/// <summary>Where a row lies.</summary>
/// <param name="File">The index of its file.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Offset">Where it begins in the file.</param>
/// <param name="Hash">128 bits of SHA-256 of its roles and texts.</param>
internal readonly record struct RowReference(int File, int Length, long Line, long Offset, UInt128 Hash);
