using System.Buffers.Binary;
using System.Text;

namespace LongAlign.Data;

/// <summary>
/// SentencePiece's table of texts that are replaced by others (<c>precompiled_charsmap</c>): a double-array trie of UTF-8, and the others behind it, each ended by a NUL.
/// </summary>
internal sealed class CharacterMap
{
    private readonly uint[] _units;
    private readonly byte[] _texts;

    /// <exception cref="InvalidDataException">The bytes are not such a table.</exception>
    public CharacterMap(ReadOnlySpan<byte> bytes)
    {
        uint size = bytes.Length >= 4 ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : uint.MaxValue;
        if (size % 4 != 0 || size < 4 || size > bytes.Length - 4)
        {
            throw new InvalidDataException("its precompiled_charsmap is damaged: the size of its trie is wrong");
        }

        _units = new uint[size / 4];
        for (int i = 0; i < _units.Length; i++)
        {
            _units[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(4 + (4 * i))..]);
        }

        _texts = bytes[(int)(4 + size)..].ToArray();
    }

    /// <summary>Finds the longest text of the table that a text begins with.</summary>
    /// <param name="text">The text.</param>
    /// <param name="length">The length of the replaced part.</param>
    /// <returns>The replacement; null for none.</returns>
    public string? Find(ReadOnlySpan<char> text, out int length)
    {
        Span<byte> bytes = stackalloc byte[4];
        length = 0;
        int found = -1;
        uint node = Offset(Unit(0));
        for (int i = 0; i < text.Length;)
        {
            _ = Rune.DecodeFromUtf16(text[i..], out Rune rune, out int characters);
            i += characters;
            foreach (byte b in bytes[..rune.EncodeToUtf8(bytes)])
            {
                node ^= b;
                uint unit = Unit(node);
                if ((unit & 0x8000_00FF) != b)
                {
                    return Text(found);
                }

                node ^= Offset(unit);
                if ((unit & 0x100) != 0)
                {
                    (found, length) = ((int)(Unit(node) & 0x7FFF_FFFF), i);
                }
            }
        }

        return Text(found);
    }

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & 0x200) >> 6);

    private uint Unit(uint node) => node < (uint)_units.Length ? _units[node] : 0x8000_0000; // no label that a byte has

    private string? Text(int at)
    {
        if (at < 0 || at >= _texts.Length)
        {
            return null;
        }

        ReadOnlySpan<byte> rest = _texts.AsSpan(at);
        int end = rest.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
    }
}
