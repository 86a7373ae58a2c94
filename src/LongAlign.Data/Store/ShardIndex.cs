using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using LongAlign.Native;
using Microsoft.Win32.SafeHandles;

namespace LongAlign.Data.Store;

/// <summary>
/// The index of a shard, for planning and to tell a whole shard from a damaged one. All little endian: 8 bytes <c>LATOKIDX</c>, version
/// (4), sequences (4), bytes of the shard (8), CRC-32C of the shard (4), batches (4), a length for each sequence (4 each), a target count
/// for each (4 each), for each batch its sequences (8) and the places of its ids and labels in the shard (8 and 8), CRC-32C of all before
/// it (4).
/// </summary>
internal sealed record ShardIndex(long ShardBytes, uint ShardCrc, ReadOnlyMemory<int> Lengths, ReadOnlyMemory<int> TargetCounts, ShardBatch[] Batches)
{
    private const int Version = 1;
    private const int HeaderBytes = 32;
    private const int BatchBytes = 3 * sizeof(long);
    private static readonly byte[] Magic = Encoding.ASCII.GetBytes("LATOKIDX");

    /// <summary>Reads an index and checks it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="allocate">Gives memory for lengths and target counts, as many as it is told; new arrays where null.</param>
    public static ShardIndex Read(string path, Func<int, (Memory<int> Lengths, Memory<int> TargetCounts)>? allocate = null)
    {
        using SafeFileHandle file = File.OpenHandle(path);
        long size = RandomAccess.GetLength(file);
        byte[] header = new byte[HeaderBytes];
        if (size < HeaderBytes || RandomAccess.Read(file, header, 0) < HeaderBytes || !header.AsSpan().StartsWith(Magic)
            || BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(8)) != Version)
        {
            throw new TokenStoreException($"{path} is not an index of version {Version}; it has {size} bytes.");
        }

        int count = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(12));
        int batchCount = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(28));
        if (count < 1 || batchCount < 1 || size != HeaderBytes + (2L * sizeof(int) * count) + ((long)BatchBytes * batchCount) + sizeof(uint) || batchCount > count)
        {
            throw new TokenStoreException($"{path} has {size} bytes, which do not fit {count} sequences in {batchCount} batches.");
        }

        (Memory<int> lengthMemory, Memory<int> targetMemory) = allocate?.Invoke(count) ?? (new int[count], new int[count]);
        Span<int> lengths = lengthMemory.Span;
        Span<int> targets = targetMemory.Span;
        byte[] rest = new byte[(BatchBytes * batchCount) + sizeof(uint)];
        long place = HeaderBytes;
        Crc32C crc = new();
        crc.Append(header);
        Fill(file, path, MemoryMarshal.AsBytes(lengths), ref place, ref crc);
        Fill(file, path, MemoryMarshal.AsBytes(targets), ref place, ref crc);
        Fill(file, path, rest.AsSpan(..^sizeof(uint)), ref place, ref crc);
        uint found = crc.Value;
        Fill(file, path, rest.AsSpan(^sizeof(uint)..), ref place, ref crc);
        if (found != BinaryPrimitives.ReadUInt32LittleEndian(rest.AsSpan(^sizeof(uint)..)))
        {
            throw new TokenStoreException($"{path} is damaged: its checksum is wrong.");
        }

        ToggleEndianness(lengths);
        ToggleEndianness(targets);
        long tokens = 0;
        for (int i = 0; i < count; i++)
        {
            tokens += lengths[i];
            if (lengths[i] < 1 || (uint)targets[i] >= (uint)lengths[i])
            {
                throw new TokenStoreException($"{path} has {lengths[i]} tokens and {targets[i]} targets for sequence {i}; expected at least one token, and fewer targets than tokens.");
            }
        }

        long shardBytes = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(16));
        if (shardBytes is < 1 or > int.MaxValue || tokens > shardBytes / (2 * sizeof(int)))
        {
            throw new TokenStoreException($"{path} has {tokens} tokens in a shard of {shardBytes} bytes; expected at most one for each {2 * sizeof(int)} bytes, and {int.MaxValue} bytes.");
        }

        ShardBatch[] batches = new ShardBatch[batchCount];
        int sequence = 0;
        for (int i = 0; i < batchCount; i++)
        {
            ReadOnlySpan<byte> batch = rest.AsSpan(BatchBytes * i, BatchBytes);
            long sequences = BinaryPrimitives.ReadInt64LittleEndian(batch);
            batches[i] = new ShardBatch((int)sequences, BinaryPrimitives.ReadInt64LittleEndian(batch[8..]), BinaryPrimitives.ReadInt64LittleEndian(batch[16..]));
            if (sequences < 1 || sequences > count - sequence || !batches[i].IsWithin(shardBytes, lengths.Slice(sequence, (int)sequences)))
            {
                throw new TokenStoreException($"{path} has a batch {i} that does not lie within its shard of {shardBytes} bytes and {count} sequences.");
            }

            sequence += (int)sequences;
        }

        return sequence == count
            ? new ShardIndex(shardBytes, BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(24)), lengthMemory, targetMemory, batches)
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
        AtomicFiles.Write(path, bytes);
    }

    private static void Fill(SafeFileHandle file, string path, Span<byte> bytes, ref long place, ref Crc32C crc)
    {
        for (Span<byte> missing = bytes; !missing.IsEmpty;)
        {
            int read = RandomAccess.Read(file, missing, place);
            if (read == 0)
            {
                throw new TokenStoreException($"{path} ended while it was read.");
            }

            missing = missing[read..];
            place += read;
        }

        crc.Append(bytes);
    }

    private static void Copy(ReadOnlyMemory<int> numbers, Span<byte> bytes)
    {
        int[] little = numbers.ToArray();
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
