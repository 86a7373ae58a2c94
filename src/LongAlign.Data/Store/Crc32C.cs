using System.Buffers.Binary;
using System.Numerics;

namespace LongAlign.Data.Store;

/// <summary>CRC-32C (Castagnoli), the one that processors compute: finds damage, not forgery.</summary>
internal struct Crc32C
{
    private uint _crc = uint.MaxValue;

    public Crc32C()
    {
    }

    public readonly uint Value => ~_crc;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        uint crc = _crc;
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (byte each in bytes)
        {
            crc = BitOperations.Crc32C(crc, each);
        }

        _crc = crc;
    }

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        Crc32C crc = new();
        crc.Append(bytes);
        return crc.Value;
    }
}
