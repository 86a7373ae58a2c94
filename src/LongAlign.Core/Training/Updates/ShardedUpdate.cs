using LongAlign.Collation;
using LongAlign.Distributed;
using LongAlign.Training.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>
/// Each rank updates its share of every parameter (ZeRO, Rajbhandari et al. 2020): gradients are scattered to the shares, and weights gathered
/// from them.
/// </summary>
internal sealed class ShardedUpdate : WeightUpdate
{
    private readonly TrainerSetup _setup;
    private readonly RankVote _vote;
    private readonly MeteredProcessGroup _group;
    private readonly ShardExchange _exchange;
    private readonly ParameterShard[] _trained;
    private readonly ShardedPieces _pieces;

    public ShardedUpdate(TrainerSetup setup, RankVote vote)
    {
        _setup = setup;
        _vote = vote;
        _group = new MeteredProcessGroup(setup.Group);
        _exchange = new ShardExchange(_group);
        IReadOnlySet<Tensor>? kept = setup.MixedPrecision ? BFloat16.FindKept(setup.Module) : null;
        _trained =
        [
            .. from named in setup.Trained
               let stays = !ShardsWeights && kept?.Contains(named.Parameter) != false
               select new ParameterShard(named.Name, named.Parameter, _group.Rank, _group.WorldSize, isPart: stays),
        ];
        ParameterShard[] frozen = !ShardsWeights ? [] :
        [
            .. from named in setup.ParameterNames.Zip(setup.Parameters)
               where !named.Second.requires_grad
               select new ParameterShard(named.First, named.Second, _group.Rank, _group.WorldSize),
        ];
        _pieces = new ShardedPieces(_trained, frozen, _exchange, ShardsWeights);
        Optimizer = setup.Optimizer([.. _trained.Select(shard => (shard.Name, shard.Weights))]);
        if (ShardsGradients)
        {
            GradientCheckpoint.Observe(_pieces);
        }
    }

    public override ITrainingOptimizer Optimizer { get; }

    public override TimeSpan Waited => _group.Waited;

    public override TimeSpan Communicated => _group.Communicated;

    public override IReadOnlyList<string> WithoutGradient => [.. _trained.Where(shard => !shard.IsReached).Select(shard => shard.Name)];

    /// <summary>Of float32 parameters the model has the weights to the bit.</summary>
    public override IEnumerable<KeyValuePair<string, Tensor>> State
        => Optimizer.GetState().Concat(_trained.Where(HasMaster).Select(shard => KeyValuePair.Create(MasterOf(shard), (Tensor)shard.Weights)));

    public override bool IsShared => _group.WorldSize > 1;

    private bool ShardsGradients => _setup.Sharding >= Sharding.Gradients;

    private bool ShardsWeights => _setup.Sharding >= Sharding.Parameters;

    public override void CastToBFloat16(nn.Module module) => BFloat16.Cast(module);

    public override void BeginStep(int microBatches)
    {
    }

    /// <summary>Ranks that give gradients away in the backward pass go from one micro-batch to the next together. A micro-batch without targets has no backward pass.</summary>
    public override bool BeginMicroBatch(TrainingBatch? batch, ref bool isCancelled)
    {
        if (!ShardsGradients)
        {
            return batch is not null;
        }

        Span<double> ranks = [batch is null ? 0 : 1, isCancelled ? 1 : 0, batch?.TargetCount > 0 ? 1 : 0];
        _vote.AddUp(ranks);
        isCancelled = ranks[1] > 0;
        if (ranks[0] > 0 && !isCancelled)
        {
            _pieces.BeginMicroBatch(isOfAll: ranks[2] == _setup.Group.WorldSize);
        }

        return ranks[0] > 0;
    }

    public override void EndMicroBatch()
    {
        if (ShardsGradients)
        {
            _pieces.EndMicroBatch();
        }
    }

    public override void AddUp()
    {
        if (!ShardsGradients)
        {
            Array.ForEach(_trained, shard => shard.TakeOverGradient());
            _exchange.AddUpGradients(_trained);
        }

        AgreeOnReached();
    }

    public override double Apply(double learningRate, double maxGradientNorm)
    {
        double norm = Clip(maxGradientNorm);
        if (double.IsFinite(norm))
        {
            Optimizer.ClipAndStep(learningRate, double.PositiveInfinity);
            _exchange.Gather(_pieces.Present);
        }

        return norm;
    }

    public override void ZeroGradients()
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (ParameterShard shard in _trained)
        {
            shard.Weights.grad?.zero_();
            shard.Whole.grad?.zero_();
        }
    }

    public override IDisposable? GatherWeights() => _pieces.GatherAll();

    public override void Restore(OptimizerParts saved, IReadOnlyCollection<string> withoutGradient)
    {
        SavedTensors state = saved.Read(_trained.Select(shard => new StateShare(shard.Name, shard.Size, shard.Start, shard.Weights.shape)), _group.Rank, _group.WorldSize);
        Dictionary<string, Tensor> masters = _trained.Where(HasMaster).ToDictionary(MasterOf, shard => (Tensor)shard.Weights);
        foreach (ParameterShard shard in _trained.Where(shard => !HasMaster(shard)))
        {
            shard.Cut();
        }

        state.Only(masters.ContainsKey).CopyTo([.. masters]);
        Optimizer.LoadState(state.Only(name => !masters.ContainsKey(name)));
        foreach (ParameterShard shard in _trained)
        {
            shard.Reach(!withoutGradient.Contains(shard.Name));
        }
    }

    public override void Complete()
    {
        GradientCheckpoint.Observe(null);
        _pieces.Complete();
    }

    public override void Dispose()
    {
        GradientCheckpoint.Observe(null);
        Optimizer.Dispose();
        _pieces.Dispose();
        _exchange.Dispose();
        Array.ForEach(_trained, shard => shard.Dispose());
    }

    private static bool HasMaster(ParameterShard shard) => shard.Whole.dtype != shard.Weights.dtype;

    private static string MasterOf(ParameterShard shard) => $"{shard.Name}.{AdamWSlot.Master}";

    /// <summary>The optimizer passes over parameters that no backward pass of any rank has reached.</summary>
    private void AgreeOnReached()
    {
        if (Array.TrueForAll(_trained, shard => shard.IsReached))
        {
            return;
        }

        using Tensor reached = tensor(Array.ConvertAll(_trained, shard => shard.HasSeenGradient ? 1L : 0L));
        _group.AllReduceSum(reached);
        foreach ((ParameterShard shard, long ranks) in _trained.Zip(reached.data<long>().ToArray()))
        {
            shard.Reach(shard.IsReached || ranks > 0);
        }
    }

    /// <summary>The norm of the gradients of all shares, which are scaled by the same number as those of one process are.</summary>
    private double Clip(double maxGradientNorm)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        Tensor[] gradients = [.. _trained.Where(shard => shard.IsReached).Select(shard => shard.Gradient)];
        double own = GradientNorm.Of(gradients, _trained[0].Weights.device).ToDouble();
        Tensor squares = tensor(own * own, ScalarType.Float64);
        _group.AllReduceSum(squares);
        double norm = Math.Sqrt(squares.ToDouble());
        double divisor = (norm + 1e-6) / maxGradientNorm;
        if (double.IsFinite(norm) && divisor > 1)
        {
            Array.ForEach(gradients, gradient => gradient.div_(divisor));
        }

        return norm;
    }
}
