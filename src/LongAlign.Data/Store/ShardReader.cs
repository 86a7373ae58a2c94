using System.Runtime.InteropServices;

namespace LongAlign.Data.Store;

/// <summary>
/// The tokens of a shard, read where the file is mapped. Where they lie comes from the index, which is checked as a whole: nothing in the
/// shard is followed, so that a damaged or hostile one gives wrong numbers at worst.
/// </summary>
internal sealed class ShardReader : IDisposable
{
    private readonly MappedFile _file;
    private readonly long[] _starts;
    private readonly ShardBatch[] _batches;

    public ShardReader(string path, ShardIndex index)
    {
        _file = new MappedFile(path, index.ShardBytes);
        _batches = index.Batches;
        _starts = new long[_batches.Length];
        int sequence = 0;
        long start = 0;
        for (int i = 0; i < _batches.Length; i++)
        {
            _starts[i] = start;
            foreach (int length in index.Lengths.AsSpan(sequence, _batches[i].Sequences))
            {
                start += length;
            }

            sequence += _batches[i].Sequences;
        }
    }

    public ReadOnlySpan<byte> Bytes => _file.GetSpan();

    /// <summary>Ids and labels of a sequence, or of a part of one.</summary>
    /// <param name="start">The first token, counted from the shard's first.</param>
    /// <param name="length">Tokens.</param>
    public TokenSlice Slice(long start, int length)
    {
        int found = Array.BinarySearch(_starts, start);
        int batch = found >= 0 ? found : ~found - 1;
        long offset = (start - _starts[batch]) * sizeof(int);
        return new TokenSlice(Numbers(_batches[batch].IdsOffset + offset, length), Numbers(_batches[batch].LabelsOffset + offset, length));
    }

    public void Dispose() => ((IDisposable)_file).Dispose();

    private ReadOnlySpan<int> Numbers(long offset, int count)
        => MemoryMarshal.Cast<byte, int>(_file.GetSpan().Slice(checked((int)offset), checked(count * sizeof(int))));
}
