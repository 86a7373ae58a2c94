using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using LongAlign.Native;

namespace LongAlign.Data.Store;

/// <summary>Writes a shard under a temporary name, then renames it, then writes its index: a shard with an index is whole.</summary>
internal sealed class ShardWriter : IDisposable
{
    /// <summary><c>input_ids</c> and <c>labels</c>, lists of 32-bit integers, none null; labels are not shifted, -100 is no target.</summary>
    private static readonly Schema Columns = new([Column("input_ids"), Column("labels")], metadata: null);

    private readonly string _folder;
    private readonly int _number;
    private readonly AtomicFiles _files = new();
    private readonly FileStream _file;
    private readonly ArrowStreamWriter _writer;
    private readonly List<int> _lengths = [];
    private readonly List<int> _targets = [];
    private readonly Growing _ids = new();
    private readonly Growing _labels = new();
    private readonly List<int> _offsets = [0];

    public ShardWriter(string folder, int number)
    {
        _folder = folder;
        _number = number;
        _file = _files.Create(StoreFiles.Shard(folder, number));
        _writer = new ArrowStreamWriter(_file, Columns, leaveOpen: true);
        _writer.WriteStart();
    }

    /// <summary>Tokens in the shard so far.</summary>
    public long Tokens { get; private set; }

    /// <summary>Tokens in memory.</summary>
    public int BatchTokens => _ids.Count;

    public void Append(ReadOnlySpan<int> inputIds, ReadOnlySpan<int> labels, int targetCount)
    {
        _ids.Append(inputIds);
        _labels.Append(labels);
        _offsets.Add(_ids.Count);
        _lengths.Add(inputIds.Length);
        _targets.Add(targetCount);
        Tokens += inputIds.Length;
    }

    public void WriteBatch()
    {
        if (_offsets.Count == 1)
        {
            return;
        }

        int rows = _offsets.Count - 1;
        using (RecordBatch batch = new(Columns, [List(0, _ids), List(1, _labels)], rows))
        {
            _writer.WriteRecordBatch(batch);
        }

        _ids.Clear();
        _labels.Clear();
        _offsets.RemoveRange(1, rows);
    }

    public ShardIndex Finish()
    {
        WriteBatch();
        _writer.WriteEnd();
        _file.Flush(flushToDisk: true);
        long bytes = _file.Length;
        _writer.Dispose();
        _file.Dispose();
        string path = StoreFiles.Shard(_folder, _number);
        ShardIndex index;
        using (MappedFile file = new(AtomicFiles.TemporaryOf(path), bytes))
        {
            index = new ShardIndex(bytes, Crc32C.Of(file.GetSpan()), _lengths.ToArray(), _targets.ToArray(), Locate(file));
        }

        _files.Commit();
        index.Write(StoreFiles.Index(_folder, _number));
        return index;
    }

    public void Dispose()
    {
        _writer.Dispose();
        _files.Dispose();
    }

    /// <summary>Finds where the Arrow package put the numbers: it reads a mapped file without copying, so their addresses give their offsets.</summary>
    private static ShardBatch[] Locate(MappedFile file)
    {
        List<ShardBatch> batches = [];
        using ArrowStreamReader reader = new(file.Memory);
        while (reader.ReadNextRecordBatch() is { } batch)
        {
            batches.Add(new ShardBatch(batch.Length, Offset(file, batch.Column(0)), Offset(file, batch.Column(1))));
        }

        return [.. batches];
    }

    private static long Offset(MappedFile file, IArrowArray column)
    {
        ReadOnlySpan<byte> numbers = ((ListArray)column).Values.Data.Buffers[1].Span;
        return ((ReadOnlySpan<byte>)file.GetSpan()).Overlaps(numbers, out int offset)
            ? offset
            : throw new InvalidOperationException("Apache.Arrow copied a mapped buffer; expected it to be read in place.");
    }

    private ListArray List(int column, Growing values) => new(
        (ListType)Columns.GetFieldByIndex(column).DataType,
        _offsets.Count - 1,
        new ArrowBuffer.Builder<int>().AppendRange(_offsets).Build(),
        new Int32Array(new ArrowBuffer(values.Bytes), ArrowBuffer.Empty, values.Count, 0, 0),
        ArrowBuffer.Empty);

    private static Field Column(string name) => new(name, new ListType(new Field("item", Int32Type.Default, nullable: true)), nullable: true);

    /// <summary>Integers one after another, as bytes in the machine's order, which Arrow files say is little endian.</summary>
    private sealed class Growing
    {
        private byte[] _bytes = [];

        public int Count { get; private set; }

        public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, Count * sizeof(int));

        public void Append(ReadOnlySpan<int> values)
        {
            int used = Count * sizeof(int);
            int needed = checked(used + (values.Length * sizeof(int)));
            if (needed > _bytes.Length)
            {
                System.Array.Resize(ref _bytes, Math.Max(needed, (int)Math.Min(System.Array.MaxLength, 2L * _bytes.Length)));
            }

            MemoryMarshal.AsBytes(values).CopyTo(_bytes.AsSpan(used));
            Count += values.Length;
        }

        public void Clear() => Count = 0;
    }
}
