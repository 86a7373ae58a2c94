using System.Text;

namespace LongAlign.Data;

/// <summary>Files of text in the encoding that a mark at their beginning says, or the one given, or UTF-8.</summary>
public static class TextFile
{
    private const string Way = "its encoding may be given";

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // That of UTF-32 begins with that of UTF-16.
    private static readonly (byte[] Mark, Encoding Encoding)[] Marks =
    [
        ([0xEF, 0xBB, 0xBF], Utf8),
        ([0xFF, 0xFE, 0, 0], new UTF32Encoding(bigEndian: false, byteOrderMark: false, throwOnInvalidCharacters: true)),
        ([0, 0, 0xFE, 0xFF], new UTF32Encoding(bigEndian: true, byteOrderMark: false, throwOnInvalidCharacters: true)),
        ([0xFF, 0xFE], new UnicodeEncoding(bigEndian: false, byteOrderMark: false, throwOnInvalidBytes: true)),
        ([0xFE, 0xFF], new UnicodeEncoding(bigEndian: true, byteOrderMark: false, throwOnInvalidBytes: true)),
    ];

    /// <summary>Opens a file, which may be compressed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="encoding">The encoding where no mark says another; null for UTF-8.</param>
    /// <returns>The text in UTF-8 without a mark, not yet checked where it is so in the file.</returns>
    /// <exception cref="InvalidDataException">It is plainly of another encoding, or compressed in a way that is not read.</exception>
    internal static Utf8Text Open(string path, Encoding? encoding)
    {
        byte[] head = ReadHead(path);
        (byte[] mark, Encoding? marked) = Array.Find(Marks, known => head.AsSpan().StartsWith(known.Mark));
        if (marked is null && encoding is null && IsWide(head))
        {
            throw new InvalidDataException($"The file has a zero byte for every other, as UTF-16 has, and no mark that says so; {Way}.");
        }

        Encoding found = marked ?? encoding ?? Utf8;
        int length = mark?.Length ?? 0;
        Stream stream = CompressedFile.OpenRead(path);
        try
        {
            stream.ReadExactly(new byte[length]);
            return found.CodePage == Utf8.CodePage
                ? new Utf8Text(stream, length, IsAsInFile: !CompressedFile.IsCompressed(path))
                : new Utf8Text(Encoding.CreateTranscodingStream(stream, Strict(found), Utf8), length, IsAsInFile: false);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Reads a whole file.</summary>
    /// <param name="path">The file, which may be compressed.</param>
    /// <param name="encoding">The encoding where no mark says another; null for UTF-8.</param>
    /// <returns>The text, without a mark.</returns>
    /// <exception cref="InvalidDataException">It is of another encoding, or damaged; the message names the file.</exception>
    public static string ReadAllText(string path, Encoding? encoding = null)
    {
        try
        {
            using Utf8Text text = Open(path, encoding);
            using MemoryStream bytes = new();
            text.Stream.CopyTo(bytes);
            return Utf8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
        }
        catch (Exception e) when (CompressedFile.IsDamage(e))
        {
            throw new InvalidDataException($"{path}: {Describe(e, encoding)}", e);
        }
    }

    /// <summary>Describes an error of reading a file.</summary>
    internal static string Describe(Exception e, Encoding? encoding = null)
        => e is DecoderFallbackException ? $"the text is not {encoding?.WebName ?? "UTF-8, nor what its mark says"}; {Way}: {e.Message}" : e.Message;

    private static bool IsWide(byte[] head) => head is [0, not 0, 0, not 0, ..] or [not 0, 0, not 0, 0, ..];

    private static Encoding Strict(Encoding encoding)
    {
        Encoding strict = (Encoding)encoding.Clone();
        strict.DecoderFallback = DecoderFallback.ExceptionFallback;
        return strict;
    }

    private static byte[] ReadHead(string path)
    {
        using Stream stream = CompressedFile.OpenRead(path);
        byte[] head = new byte[4];
        return head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
    }
}
