using System.IO.Compression;
using ICSharpCode.SharpZipLib;
using ICSharpCode.SharpZipLib.GZip;
using ZstdSharp;

namespace LongAlign.Data;

/// <summary>Files that are compressed as their names say: <c>.gz</c>, <c>.zst</c>.</summary>
internal static class CompressedFile
{
    private const int BufferSize = 1 << 16;

    private static readonly string[] Others = [".bz2", ".xz", ".lz4", ".br", ".zip", ".7z", ".tar", ".tgz"];

    public static bool IsCompressed(string path) => IsGzip(path) || IsZstandard(path);

    /// <summary>The name without the ending of its compression.</summary>
    public static string PlainName(string path) => IsCompressed(path) ? path[..path.LastIndexOf('.')] : path;

    /// <exception cref="InvalidDataException">It is compressed in a way that is not read, or is empty and compressed.</exception>
    public static Stream OpenRead(string path)
    {
        if (Others.FirstOrDefault(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) is { } other)
        {
            throw new InvalidDataException($"Files that end with {other} are not read; expected .gz, .zst or no compression.");
        }

        FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferSize, FileOptions.SequentialScan);
        if (IsCompressed(path) && file.Length == 0)
        {
            file.Dispose();
            throw new InvalidDataException("It is empty, which no compressed file is.");
        }

        // .NET's own GZipStream takes a file that was cut off for a whole one.
        return IsGzip(path) ? new GZipInputStream(file)
            : IsZstandard(path) ? new DecompressionStream(file, leaveOpen: false)
            : file;
    }

    /// <summary>Compresses into a file as a name says; the file stays open, or is what is returned.</summary>
    public static Stream Compress(FileStream file, string name)
        => IsGzip(name) ? new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true)
            : IsZstandard(name) ? new CompressionStream(file, leaveOpen: true)
            : file;

    /// <summary>Whether an exception says that compressed data is damaged, as decompressors do in many ways, or a line is beyond all measure.</summary>
    public static bool IsDamage(Exception e) => e is InvalidDataException or EndOfStreamException or ZstdException or SharpZipBaseException
        or IndexOutOfRangeException or ArgumentException or OverflowException or NullReferenceException;

    private static bool IsGzip(string path) => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

    private static bool IsZstandard(string path) => path.EndsWith(".zst", StringComparison.OrdinalIgnoreCase);
}
