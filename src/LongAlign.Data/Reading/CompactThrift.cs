using System.Buffers.Binary;

namespace LongAlign.Data;

/// <summary>
/// Reads what Thrift's compact protocol holds, without knowing what it means: a struct is a dictionary by field, a list a list, an
/// integer or truth value a long, a text its bytes. No length and no depth is believed before it is checked.
/// </summary>
/// <param name="bytes">From where a struct begins.</param>
/// <remarks><see href="https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md">The protocol</see>.</remarks>
internal ref struct CompactThrift(ReadOnlySpan<byte> bytes)
{
    private const int MaxDepth = 32;

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>The number of bytes read.</summary>
    public int Position { get; private set; }

    /// <exception cref="EndOfStreamException">There are too few bytes.</exception>
    /// <exception cref="InvalidDataException">The bytes are not a struct.</exception>
    public Dictionary<int, object> ReadStruct(int depth = 0)
    {
        if (depth > MaxDepth)
        {
            throw new InvalidDataException($"Structs lie more than {MaxDepth} deep.");
        }

        Dictionary<int, object> fields = [];
        int id = 0;
        while (Byte() is var header && header != 0)
        {
            id = header >> 4 is var delta && delta > 0 ? id + delta : (int)Integer();
            int type = header & 0xF;
            fields[id] = type is 1 or 2 ? 2L - type : Value(type, depth);
        }

        return fields;
    }

    private object Value(int type, int depth) => type switch
    {
        1 or 2 or 3 => (long)Byte(),
        4 or 5 or 6 => Integer(),
        7 => BinaryPrimitives.ReadInt64LittleEndian(Take(8)),
        8 => Take(Length()).ToArray(),
        9 or 10 => List(depth),
        11 => Map(depth),
        12 => ReadStruct(depth + 1),
        _ => throw new InvalidDataException($"There is no type {type}."),
    };

    private List<object> List(int depth)
    {
        byte header = Byte();
        int count = header >> 4 is var few && few < 15 ? few : Length();
        return Values(count, depth, header & 0xF);
    }

    private List<object> Map(int depth)
    {
        int count = Length();
        byte types = count > 0 ? Byte() : (byte)0;
        return Values(count, depth, types >> 4, types & 0xF);
    }

    private List<object> Values(int count, int depth, params ReadOnlySpan<int> types)
    {
        List<object> values = [];
        if (depth > MaxDepth)
        {
            throw new InvalidDataException($"Lists lie more than {MaxDepth} deep.");
        }

        for (int i = 0; i < count; i++)
        {
            foreach (int type in types)
            {
                values.Add(Value(type, depth + 1));
            }
        }

        return values;
    }

    /// <summary>A count, each of which takes a byte at least.</summary>
    private int Length()
    {
        ulong length = Varint();
        return length <= (ulong)(_bytes.Length - Position) ? (int)length : throw new EndOfStreamException($"{length} are announced, and {_bytes.Length - Position} bytes are left.");
    }

    private long Integer()
    {
        ulong zigzag = Varint();
        return (long)(zigzag >> 1) ^ -(long)(zigzag & 1);
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte part = Byte();
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("An integer has more than 64 bits.");
    }

    private byte Byte() => Take(1)[0];

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - Position)
        {
            throw new EndOfStreamException("The bytes end within a struct.");
        }

        Position += count;
        return _bytes.Slice(Position - count, count);
    }
}
