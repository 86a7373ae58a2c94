using System.Text;

namespace LongAlign.Data;

/// <summary>
/// GPT-2's way to write any byte as a printable character: bytes that are printable in Latin-1 stand for themselves, the others for U+0100 and on.
/// </summary>
internal static class ByteLevelAlphabet
{
    private static readonly Dictionary<char, byte> Bytes = Enumerable.Range(0, 256).ToDictionary(b => CharacterOf((byte)b), b => (byte)b);

    public static char CharacterOf(byte value)
    {
        if (IsPrintable(value))
        {
            return (char)value;
        }

        int before = 0;
        for (int b = 0; b < value; b++)
        {
            before += IsPrintable(b) ? 0 : 1;
        }

        return (char)(256 + before);
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

    /// <summary>A token as people read it, for messages.</summary>
    public static string Show(string token) => Decode(token) is { } bytes ? Encoding.UTF8.GetString(bytes) : token;

    private static bool IsPrintable(int b) => b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
}
