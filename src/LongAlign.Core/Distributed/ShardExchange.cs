using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Distributed;

/// <summary>Moves parameters and gradients between the ranks that hold shares of them, many side by side in one buffer.</summary>
/// <remarks>A buffer has a row for each rank, and in each row the columns of one share after the other.</remarks>
internal sealed class ShardExchange(IProcessGroup group, long bufferElements = ShardExchange.DefaultBufferElements) : IDisposable
{
    /// <summary>16 MB of float32.</summary>
    public const long DefaultBufferElements = 1 << 22;

    private readonly long _columns = Math.Max(1, bufferElements / group.WorldSize);
    private readonly Dictionary<ScalarType, (Tensor All, Tensor Own)> _buffers = [];

    /// <summary>Adds the gradients of all ranks to the shares' sums; one that a rank does not have counts as zeros.</summary>
    /// <param name="shards">The same on every rank.</param>
    public void AddUpGradients(IEnumerable<ParameterShard> shards)
    {
        using IDisposable noGrad = no_grad();
        foreach (IGrouping<ScalarType, ParameterShard> alike in shards.GroupBy(shard => shard.Weights.dtype))
        {
            foreach (List<Piece> pieces in Fill(alike))
            {
                using DisposeScope scope = NewDisposeScope();
                (Tensor all, Tensor own) = BufferOf(alike.Key, pieces);
                foreach (Piece piece in pieces)
                {
                    Lay(piece, all);
                }

                group.ReduceScatterSum(all.view(-1), own);
                foreach (Piece piece in pieces.Where(piece => piece.OwnCount > 0))
                {
                    Tensor gradient = piece.Own(piece.Shard.Gradient);
                    Tensor sum = own.narrow(0, piece.Position, piece.OwnCount);
                    _ = piece.Shard.TakesOverGradient ? gradient.copy_(sum) : gradient.add_(sum);
                }
            }
        }
    }

    /// <summary>Fills the parameters with the shares of all ranks, in the parameters' dtype.</summary>
    /// <param name="shards">The same on every rank.</param>
    public void Gather(IEnumerable<ParameterShard> shards)
    {
        using IDisposable noGrad = no_grad();
        foreach (IGrouping<ScalarType, ParameterShard> alike in shards.GroupBy(shard => shard.Whole.dtype))
        {
            foreach (List<Piece> pieces in Fill(alike))
            {
                using DisposeScope scope = NewDisposeScope();
                (Tensor all, Tensor own) = BufferOf(alike.Key, pieces);
                foreach (Piece piece in pieces.Where(piece => piece.OwnCount > 0))
                {
                    own.narrow(0, piece.Position, piece.OwnCount).copy_(piece.Own(piece.Shard.Weights.detach()));
                }

                group.AllGather(own, all.view(-1));
                foreach (Piece piece in pieces)
                {
                    foreach ((Tensor place, Tensor columns) in piece.Rows(piece.Shard.Whole.detach().view(-1), all))
                    {
                        place.copy_(columns);
                    }
                }
            }
        }
    }

    public void Dispose()
    {
        foreach ((Tensor all, Tensor own) in _buffers.Values)
        {
            all.Dispose();
            own.Dispose();
        }
    }

    /// <summary>Columns of a gradient; what lies behind its end is never read.</summary>
    private static void Lay(Piece piece, Tensor all)
    {
        if (piece.Shard.Whole.grad is { } gradient)
        {
            piece.Shard.HasSeenGradient = true;
            foreach ((Tensor place, Tensor columns) in piece.Rows(gradient.reshape(-1), all))
            {
                columns.copy_(place);
            }
        }
        else
        {
            all.narrow(1, piece.Position, piece.Count).zero_();
        }
    }

    /// <summary>Columns of shares, one buffer after the other.</summary>
    private IEnumerable<List<Piece>> Fill(IEnumerable<ParameterShard> shards)
    {
        List<Piece> pieces = [];
        long used = 0;
        foreach (ParameterShard shard in shards)
        {
            for (long start = 0; start < shard.Length;)
            {
                long count = Math.Min(shard.Length - start, _columns - used);
                pieces.Add(new Piece(shard, start, count, used));
                used += count;
                start += count;
                if (used == _columns)
                {
                    yield return pieces;
                    pieces = [];
                    used = 0;
                }
            }
        }

        if (used > 0)
        {
            yield return pieces;
        }
    }

    /// <summary>A buffer [ranks, columns] and one for the own row, no wider than they have to be.</summary>
    private (Tensor All, Tensor Own) BufferOf(ScalarType dtype, List<Piece> pieces)
    {
        if (!_buffers.TryGetValue(dtype, out (Tensor All, Tensor Own) buffers))
        {
            Device device = pieces[0].Shard.Weights.device;
            buffers = (
                empty(group.WorldSize * _columns, dtype, device).DetachFromDisposeScope(),
                empty(_columns, dtype, device).DetachFromDisposeScope());
            _buffers.Add(dtype, buffers);
        }

        long columns = pieces[^1].Position + pieces[^1].Count;
        return (buffers.All.narrow(0, 0, group.WorldSize * columns).view(group.WorldSize, columns), buffers.Own.narrow(0, 0, columns));
    }

    /// <summary>Columns of a share, and where they lie in a buffer.</summary>
    private readonly record struct Piece(ParameterShard Shard, long Start, long Count, long Position)
    {
        /// <summary>The number of columns that this rank's share has.</summary>
        public long OwnCount => Math.Clamp(Shard.Count - Start, 0, Count);

        /// <summary>The columns of this rank, in a tensor of the share's shape.</summary>
        public Tensor Own(Tensor share) => share.view(-1).narrow(0, Start, OwnCount);

        /// <summary>The columns of all ranks, in a flat parameter and in a buffer: the shares that are full, then the one that is not.</summary>
        public IEnumerable<(Tensor Place, Tensor Columns)> Rows(Tensor flat, Tensor buffer)
        {
            long full = Shard.Size / Shard.Length;
            long rest = Shard.Size - (full * Shard.Length) - Start;
            if (full > 0)
            {
                yield return (
                    flat.narrow(0, 0, full * Shard.Length).view(full, Shard.Length).narrow(1, Start, Count),
                    buffer.narrow(0, 0, full).narrow(1, Position, Count));
            }

            if (rest > 0)
            {
                long count = Math.Min(rest, Count);
                yield return (flat.narrow(0, (full * Shard.Length) + Start, count), buffer[full].narrow(0, Position, count));
            }
        }
    }
}
