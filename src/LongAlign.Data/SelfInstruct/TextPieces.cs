using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace LongAlign.Data.SelfInstruct;

/// <summary>Hashes of all runs of some words.</summary>
internal static class TextPieces
{
    /// <summary>One hash for each run; a text of fewer words is one run, one without words none.</summary>
    public static IEnumerable<ulong> Of(string text, int words)
    {
        ulong[] hashes = [.. TextWords.Of(text).Select(Hash)];
        int length = Math.Min(words, hashes.Length);
        for (int start = 0; length > 0 && start <= hashes.Length - length; start++)
        {
            ulong piece = (ulong)length;
            foreach (ulong hash in hashes.AsSpan(start, length))
            {
                piece = Mix(piece ^ hash);
            }

            yield return piece;
        }
    }

    /// <summary>The last steps of SplitMix64: every bit of the result depends on every bit of the value.</summary>
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return (value ^ (value >> 31)) + 0x9E3779B97F4A7C15;
    }

    // Not string.GetHashCode, which is another in every process.
    private static ulong Hash(string word) => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(word)));
}
