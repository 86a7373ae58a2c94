using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace LongAlign.Core.Tests.Training;

/// <summary>
/// Reads scalars out of a TensorBoard event file: records of a length (uint64), the masked CRC-32C of its bytes, an Event in protobuf, and
/// the masked CRC-32C of that.
/// </summary>
internal static class EventFile
{
    public static (string Version, List<(string Tag, long Step, float Value)> Scalars) Read(ReadOnlySpan<byte> file)
    {
        string version = "";
        List<(string Tag, long Step, float Value)> scalars = [];
        while (!file.IsEmpty)
        {
            int length = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(file));
            Assert.Equal(MaskedCrc(file[..8]), BinaryPrimitives.ReadUInt32LittleEndian(file[8..]));
            ReadOnlySpan<byte> data = file.Slice(12, length);
            Assert.Equal(MaskedCrc(data), BinaryPrimitives.ReadUInt32LittleEndian(file[(12 + length)..]));
            file = file[(16 + length)..];

            // Event: 2 step, 3 file version, 5 summary; Summary: 1 value; Value: 1 tag, 2 simple value.
            Dictionary<int, byte[]> fields = Fields(data);
            if (fields.TryGetValue(3, out byte[]? fileVersion))
            {
                version = Encoding.UTF8.GetString(fileVersion);
                continue;
            }

            Dictionary<int, byte[]> value = Fields(Fields(fields[5])[1]);
            long step = fields.TryGetValue(2, out byte[]? number) ? BinaryPrimitives.ReadInt64LittleEndian(number) : 0;
            scalars.Add((Encoding.UTF8.GetString(value[1]), step, value.TryGetValue(2, out byte[]? scalar) ? BinaryPrimitives.ReadSingleLittleEndian(scalar) : 0));
        }

        return (version, scalars);
    }

    private static uint MaskedCrc(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in data)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return BitOperations.RotateRight(~crc, 15) + 0xa282ead8;
    }

    private static Dictionary<int, byte[]> Fields(ReadOnlySpan<byte> message)
    {
        Dictionary<int, byte[]> fields = [];
        while (!message.IsEmpty)
        {
            ulong key = Varint(ref message);
            int length = (int)(key & 7) switch
            {
                0 => 0,
                1 => 8,
                2 => (int)Varint(ref message),
                5 => 4,
                int type => throw new InvalidDataException($"Wire type {type}."),
            };
            if ((key & 7) == 0)
            {
                byte[] number = new byte[8];
                BinaryPrimitives.WriteUInt64LittleEndian(number, Varint(ref message));
                fields[(int)(key >> 3)] = number;
                continue;
            }

            fields[(int)(key >> 3)] = message[..length].ToArray();
            message = message[length..];
        }

        return fields;
    }

    private static ulong Varint(ref ReadOnlySpan<byte> message)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte part = message[0];
            message = message[1..];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }
    }
}
