using LongAlign.Distributed;
using LongAlign.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>
/// The pieces of a model that are computed again: their gradients go to the shares when their backward pass ends, and where weights are sharded
/// theirs are there only while the piece is computed. What belongs to no piece, such as a last norm, stays.
/// </summary>
internal sealed class ShardedPieces : IPieceObserver, IDisposable
{
    private readonly ParameterShard[] _trained;
    private readonly ParameterShard[] _frozen;
    private readonly ShardExchange _exchange;
    private readonly bool _shardsWeights;
    private readonly Dictionary<nn.Module, ParameterShard[]> _pieces = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<ParameterShard> _inPieces = [];
    private readonly Dictionary<ParameterShard, int> _holds = [];
    private readonly HashSet<ParameterShard> _away = [];
    private readonly PieceMemory _memory = new();
    private bool _meetsAtPieces;

    /// <summary>While more than 0 all weights are held, and ranks need not compute the same pieces.</summary>
    private int _gathered;

    public ShardedPieces(ParameterShard[] trained, ParameterShard[] frozen, ShardExchange exchange, bool shardsWeights)
    {
        _trained = trained;
        _frozen = frozen;
        _exchange = exchange;
        _shardsWeights = shardsWeights;
    }

    /// <summary>Trained parameters that are whole on every rank now.</summary>
    public IEnumerable<ParameterShard> Present => _trained.Where(shard => !_away.Contains(shard));

    /// <summary>Before a micro-batch.</summary>
    /// <param name="isOfAll">Whether every rank has one, with targets. If not, ranks can't meet at pieces: all weights are there throughout, and gradients go to the shares at its end.</param>
    public void BeginMicroBatch(bool isOfAll)
    {
        _meetsAtPieces = isOfAll;
        if (!isOfAll)
        {
            HoldAll();
        }
    }

    /// <summary>After the backward pass of a micro-batch.</summary>
    public void EndMicroBatch()
    {
        GiveAway(_meetsAtPieces ? _trained.Where(shard => !_inPieces.Contains(shard) || shard.Whole.grad is not null) : _trained);
        if (!_meetsAtPieces)
        {
            ReleaseAll();
        }
        else if (_shardsWeights && _inPieces.Count == 0)
        {
            throw new InvalidOperationException(
                "Sharding.Parameters has found no piece whose weights it can shard: expected a model that computes its layers with GradientCheckpoint.Run(module, ...), and UseGradientCheckpointing.");
        }
    }

    /// <inheritdoc/>
    public void Begin(nn.Module piece)
    {
        if (_shardsWeights)
        {
            Hold(ShardsOf(piece));
        }
    }

    /// <inheritdoc/>
    public void End(nn.Module piece, bool isBackward)
    {
        ParameterShard[] shards = ShardsOf(piece);
        if (isBackward && _meetsAtPieces)
        {
            GiveAway(shards.Where(shard => shard.Weights.requires_grad));
        }

        if (_shardsWeights)
        {
            Release(shards);
        }
    }

    /// <summary>Brings the weights of all pieces to every rank, until what is returned is disposed.</summary>
    public IDisposable GatherAll()
    {
        HoldAll();
        return new Held(ReleaseAll);
    }

    /// <summary>The model has all its weights from now on.</summary>
    public void Complete()
    {
        Hold([.. _away]);
        _memory.Clear();
    }

    public void Dispose()
    {
        _memory.Clear();
        Array.ForEach(_frozen, shard => shard.Dispose());
    }

    private ParameterShard[] ShardsOf(nn.Module piece)
    {
        if (!_pieces.TryGetValue(piece, out ParameterShard[]? shards))
        {
            HashSet<Tensor> own = piece.parameters().ToHashSet<Tensor>(SameWeight.Comparer);
            shards = [.. _trained.Concat(_frozen).Where(shard => own.Contains(shard.Whole))];
            _pieces.Add(piece, shards);
            _memory.Expect(shards);
        }

        if (_gathered == 0)
        {
            _inPieces.UnionWith(shards); // on every rank at once
        }

        return shards;
    }

    private void HoldAll()
    {
        _gathered++;
        Hold([.. _trained, .. _frozen]);
    }

    private void ReleaseAll()
    {
        Release([.. _trained, .. _frozen]);
        _gathered--;
        _memory.Clear();
    }

    /// <summary>Scatters gradients to the shares; the memory of the whole ones is free afterwards.</summary>
    private void GiveAway(IEnumerable<ParameterShard> shards)
    {
        ParameterShard[] given = [.. shards];
        _exchange.AddUpGradients(given);
        foreach (ParameterShard shard in given)
        {
            shard.Whole.grad = null;
        }
    }

    private void Hold(ParameterShard[] shards)
    {
        ParameterShard[] missing = [.. shards.Where(_away.Remove)];
        using (DisposeScope scope = NewDisposeScope())
        {
            foreach ((ParameterShard shard, Tensor memory) in _memory.Take(missing))
            {
                SetData(shard, memory.view(shard.Whole.shape));
            }
        }

        _exchange.Gather(missing);
        foreach (ParameterShard shard in shards)
        {
            _holds[shard] = _holds.GetValueOrDefault(shard) + 1;
        }
    }

    private void Release(ParameterShard[] shards)
    {
        foreach (ParameterShard shard in shards)
        {
            if (_holds.GetValueOrDefault(shard) is > 1 and var holds)
            {
                _holds[shard] = holds - 1;
            }
            else if (_holds.Remove(shard) && _shardsWeights && _inPieces.Contains(shard))
            {
                PutAway(shard);
            }
        }
    }

    /// <summary>The parameter keeps its shape and has no memory but one number that is none, so that what reads it shows.</summary>
    private void PutAway(ParameterShard shard)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        SetData(shard, full(1, double.NaN, shard.Whole.dtype, shard.Whole.device).expand(shard.Whole.shape));
        _memory.Free(shard);
        _away.Add(shard);
    }

    private static void SetData(ParameterShard shard, Tensor data)
    {
        using IDisposable noGrad = no_grad();
        Aten.Call("aten::set_data"u8, Aten.Arg(shard.Whole), Aten.Arg(data));
    }

    private sealed class Held(Action release) : IDisposable
    {
        public void Dispose() => release();
    }
}
