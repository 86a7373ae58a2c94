namespace LongAlign.Data;

/// <summary>A file's text in UTF-8.</summary>
/// <param name="Stream">The text.</param>
/// <param name="Skipped">The bytes of the file before it.</param>
/// <param name="IsAsInFile">Whether its bytes are those of the file, which can be read again by their place.</param>
internal sealed record Utf8Text(Stream Stream, int Skipped, bool IsAsInFile) : IDisposable
{
    public void Dispose() => Stream.Dispose();
}
