using LongAlign.Distributed;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>
/// The memory that the weights of a piece are gathered in, the same for one piece after the other: fresh memory would cost a page fault every 4 KB for every layer and pass, and freed memory of many
/// sizes would leave holes.
/// </summary>
internal sealed class PieceMemory
{
    private const long Alignment = 64; // numbers

    private readonly Dictionary<ScalarType, long> _needed = [];
    private readonly Dictionary<ScalarType, Tensor> _buffers = [];
    private readonly HashSet<ParameterShard> _inUse = [];

    /// <summary>Makes room for a piece of these weights, the next time that there is none in use.</summary>
    public void Expect(IEnumerable<ParameterShard> piece)
    {
        foreach (IGrouping<ScalarType, ParameterShard> alike in piece.GroupBy(shard => shard.Whole.dtype))
        {
            _needed[alike.Key] = Math.Max(_needed.GetValueOrDefault(alike.Key), alike.Sum(SizeOf));
        }
    }

    /// <summary>Gives each of some weights memory, [numbers], which holds any numbers. What does not fit, or comes while another piece is in use, gets memory apart.</summary>
    public IReadOnlyList<(ParameterShard Shard, Tensor Memory)> Take(ParameterShard[] shards)
    {
        List<(ParameterShard, Tensor)> taken = [];
        bool fits = _inUse.Count == 0;
        foreach (IGrouping<ScalarType, ParameterShard> alike in shards.GroupBy(shard => shard.Whole.dtype))
        {
            Tensor? buffer = fits && alike.Sum(SizeOf) <= _needed.GetValueOrDefault(alike.Key) ? BufferOf(alike.Key, alike.First().Whole.device) : null;
            long start = 0;
            foreach (ParameterShard shard in alike)
            {
                if (buffer is null)
                {
                    taken.Add((shard, empty(shard.Size, shard.Whole.dtype, shard.Whole.device)));
                    continue;
                }

                _inUse.Add(shard);
                taken.Add((shard, buffer.narrow(0, start, shard.Size)));
                start += SizeOf(shard);
            }
        }

        return taken;
    }

    /// <summary>The weights are put away.</summary>
    public void Free(ParameterShard shard) => _inUse.Remove(shard);

    /// <summary>Lets go of what is not in use.</summary>
    public void Clear()
    {
        foreach (Tensor buffer in _buffers.Values)
        {
            buffer.Dispose();
        }

        _buffers.Clear();
    }

    private static long SizeOf(ParameterShard shard) => (shard.Size + Alignment - 1) / Alignment * Alignment;

    private Tensor BufferOf(ScalarType dtype, Device device)
    {
        if (_buffers.TryGetValue(dtype, out Tensor? buffer) && buffer.numel() >= _needed[dtype])
        {
            return buffer;
        }

        buffer?.Dispose();
        return _buffers[dtype] = empty(_needed[dtype], dtype, device).DetachFromDisposeScope();
    }
}
