using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace LongAlign.Data;

/// <summary>Tells tokenizers apart by what they do, not by how their files are written.</summary>
internal static class TokenizerHash
{
    private const int Letters = 16;

    // Words, digits, signs, spaces, scripts and emoji, which tokenizers of the same vocabulary cut in different ways.
    private const string Probe = "The quick  brown fox didn't pay $1,234.56 on 2024-01-31.\n\n\tif (x==0) { return [y_1]; }   Été, Straße, ЖУК 你好，世界！ ｶﾅ e\u0301 👩‍🚀 ===== ₂Ⅷ\r\n▁ end ";

    /// <summary>A hash of vocabulary, special tokens and the ids of a text.</summary>
    public static string Of(ModelTokenizer tokenizer)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        HashSet<int> special = [.. tokenizer.SpecialTokens.Values];
        Add(tokenizer.EndOfSequenceId);
        foreach ((string name, int id) in tokenizer.SpecialTokens.OrderBy(token => token.Key, StringComparer.Ordinal))
        {
            Add(id);
            hash.AppendData(Encoding.UTF8.GetBytes(name));
        }

        for (int id = 0; id < tokenizer.VocabularySize && tokenizer.KnowsBytes; id++)
        {
            if (!special.Contains(id) && tokenizer.Bytes(id) is { } bytes)
            {
                Add(id);
                hash.AppendData(bytes);
            }
        }

        foreach (int id in tokenizer.Encode(Probe))
        {
            Add(id);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..Letters];

        void Add(int number)
        {
            Span<byte> bytes = stackalloc byte[sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
            hash.AppendData(bytes);
        }
    }

    /// <summary>A hash of a text.</summary>
    public static string Of(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..Letters];
}
