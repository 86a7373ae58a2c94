using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace LongAlign.Data.Store;

/// <summary>
/// What planning needs of a shard, and what tells a whole shard from a damaged one. All little endian: 8 bytes <c>LATOKIDX</c>, version (4),
/// sequences (4), bytes of the shard (8), CRC-32C of the shard (4), batches (4), a length for each sequence (4 each), a target count for each (4
/// each), for each batch its sequences (8) and the places of its ids and labels in the shard (8 and 8), CRC-32C of all before it (4).
/// </summary>
internal sealed record ShardIndex(long ShardBytes, uint ShardCrc, int[] Lengths, int[] TargetCounts, ShardBatch[] Batches)
{
    private const int Version = 1;
    private const int HeaderBytes = 32;
    private const int BatchBytes = 3 * sizeof(long);
    private static readonly byte[] Magic = Encoding.ASCII.GetBytes("LATOKIDX");

    public static ShardIndex Read(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        if (bytes.Length < HeaderBytes + sizeof(uint) || !bytes.AsSpan().StartsWith(Magic) || BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(8)) != Version)
        {
            throw new TokenStoreException($"{path} is no index of version {Version}; it has {bytes.Length} bytes.");
        }

        int count = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(12));
        int batchCount = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(28));
        if (count < 1 || batchCount < 1 || bytes.Length != HeaderBytes + (2L * sizeof(int) * count) + ((long)BatchBytes * batchCount) + sizeof(uint))
        {
            throw new TokenStoreException($"{path} has {bytes.Length} bytes, which do not fit {count} sequences in {batchCount} batches.");
        }

        if (Crc32C.Of(bytes.AsSpan(..^sizeof(uint))) != BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(bytes.Length - sizeof(uint))))
        {
            throw new TokenStoreException($"{path} is damaged: its checksum is wrong.");
        }

        int[] lengths = Numbers(bytes.AsSpan(HeaderBytes, sizeof(int) * count));
        int[] targets = Numbers(bytes.AsSpan(HeaderBytes + (sizeof(int) * count), sizeof(int) * count));
        for (int i = 0; i < count; i++)
        {
            if (lengths[i] < 1 || targets[i] < 0 || targets[i] >= lengths[i])
            {
                throw new TokenStoreException($"{path} has {lengths[i]} tokens and {targets[i]} targets for sequence {i}; expected at least one token, and fewer targets than tokens.");
            }
        }

        long shardBytes = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(16));
        ShardBatch[] batches = new ShardBatch[batchCount];
        int sequence = 0;
        for (int i = 0; i < batchCount; i++)
        {
            ReadOnlySpan<byte> batch = bytes.AsSpan(HeaderBytes + (2 * sizeof(int) * count) + (BatchBytes * i), BatchBytes);
            long sequences = BinaryPrimitives.ReadInt64LittleEndian(batch);
            batches[i] = new ShardBatch((int)sequences, BinaryPrimitives.ReadInt64LittleEndian(batch[8..]), BinaryPrimitives.ReadInt64LittleEndian(batch[16..]));
            if (sequences < 1 || sequences > count - sequence || !batches[i].IsWithin(shardBytes, lengths.AsSpan(sequence, (int)sequences)))
            {
                throw new TokenStoreException($"{path} has a batch {i} that does not lie within its shard of {shardBytes} bytes and {count} sequences.");
            }

            sequence += (int)sequences;
        }

        return sequence == count
            ? new ShardIndex(shardBytes, BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(24)), lengths, targets, batches)
            : throw new TokenStoreException($"{path} has {sequence} sequences in its batches; expected {count}.");
    }

    public void Write(string path)
    {
        int batches = HeaderBytes + (2 * sizeof(int) * Lengths.Length);
        byte[] bytes = new byte[batches + (BatchBytes * Batches.Length) + sizeof(uint)];
        Magic.CopyTo(bytes, 0);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), Version);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), Lengths.Length);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), ShardBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(24), ShardCrc);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(28), Batches.Length);
        Copy(Lengths, bytes.AsSpan(HeaderBytes));
        Copy(TargetCounts, bytes.AsSpan(HeaderBytes + (sizeof(int) * Lengths.Length)));
        for (int i = 0; i < Batches.Length; i++)
        {
            Span<byte> batch = bytes.AsSpan(batches + (BatchBytes * i));
            BinaryPrimitives.WriteInt64LittleEndian(batch, Batches[i].Sequences);
            BinaryPrimitives.WriteInt64LittleEndian(batch[8..], Batches[i].IdsOffset);
            BinaryPrimitives.WriteInt64LittleEndian(batch[16..], Batches[i].LabelsOffset);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(bytes.Length - sizeof(uint)), Crc32C.Of(bytes.AsSpan(..^sizeof(uint))));
        WholeFile.Write(path, bytes);
    }

    private static int[] Numbers(ReadOnlySpan<byte> bytes)
    {
        int[] numbers = MemoryMarshal.Cast<byte, int>(bytes).ToArray();
        ToggleEndianness(numbers);
        return numbers;
    }

    private static void Copy(int[] numbers, Span<byte> bytes)
    {
        int[] little = [.. numbers];
        ToggleEndianness(little);
        MemoryMarshal.AsBytes(little.AsSpan()).CopyTo(bytes);
    }

    private static void ToggleEndianness(Span<int> numbers)
    {
        if (!BitConverter.IsLittleEndian)
        {
            BinaryPrimitives.ReverseEndianness(numbers, numbers);
        }
    }
}
