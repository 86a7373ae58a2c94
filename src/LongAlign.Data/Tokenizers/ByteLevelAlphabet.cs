using System.Text;

namespace LongAlign.Data;

/// <summary>
/// GPT-2's way to write any byte as a printable character: bytes that are printable in Latin-1 stand for themselves, the others for U+0100 and on.
/// </summary>
internal static class ByteLevelAlphabet
{
    private static readonly char[] Characters = MakeCharacters();
    private static readonly Dictionary<char, byte> Bytes = Enumerable.Range(0, 256).ToDictionary(b => Characters[b], b => (byte)b);

    public static char CharacterOf(byte value) => Characters[value];

    /// <summary>Writes bytes as characters.</summary>
    public static void Write(ReadOnlySpan<byte> bytes, Span<char> characters)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            characters[i] = Characters[bytes[i]];
        }
    }

    /// <summary>Writes bytes as characters.</summary>
    public static string Write(byte[] bytes) => string.Create(bytes.Length, bytes, (characters, all) => Write(all, characters));

    /// <summary>Writes a text's UTF-8 as characters.</summary>
    public static string Encode(ReadOnlySpan<char> text)
    {
        byte[] bytes = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, bytes);
        return Write(bytes);
    }

    /// <summary>The bytes of a token; null where one of its characters stands for no byte.</summary>
    public static byte[]? Decode(string token)
    {
        byte[] bytes = new byte[token.Length];
        for (int i = 0; i < token.Length; i++)
        {
            if (!Bytes.TryGetValue(token[i], out bytes[i]))
            {
                return null;
            }
        }

        return bytes;
    }

    private static char[] MakeCharacters()
    {
        char[] characters = new char[256];
        int others = 256;
        for (int b = 0; b < 256; b++)
        {
            characters[b] = IsPrintable(b) ? (char)b : (char)others++;
        }

        return characters;
    }

    private static bool IsPrintable(int b) => b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
}
