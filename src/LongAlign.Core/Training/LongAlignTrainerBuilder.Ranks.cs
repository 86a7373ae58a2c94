using LongAlign.Distributed;
using LongAlign.Native;

namespace LongAlign.Training;

public sealed partial class LongAlignTrainerBuilder
{
    private IProcessGroup _group = SingleProcessGroup.Instance;
    private Sharding _sharding;
    private int _sequenceParallelism = 1;

    /// <summary>
    /// Trains in several processes, each on its share of every step's micro-batches: the loss and the weights are those of one process
    /// on the same steps. Every process builds the same trainer, on its own copy of the model, and starts it.
    /// </summary>
    /// <param name="group">The processes, such as <c>MpiProcessGroup</c> of LongAlign.Distributed.Mpi; the caller keeps owning it. One process without this call.</param>
    /// <returns>This builder.</returns>
    /// <remarks>
    /// <para>
    /// A step has <see cref="UseGradientAccumulation"/> micro-batches on each process. The run begins with the weights of rank 0,
    /// whatever the others hold. Only rank 0 reports progress and logs.
    /// </para>
    /// <para>All processes end a run at the same step: a cancellation of one cancels all, and a failure of one is an exception on all.</para>
    /// </remarks>
    public LongAlignTrainerBuilder UseProcessGroup(IProcessGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        _group = group;
        return Called();
    }

    /// <summary>
    /// Shares what every process would hold as a whole: the optimizer's state, gradients, weights (ZeRO). Losses and weights are those of training
    /// without, to rounding; memory falls with the number of processes (<see cref="UseProcessGroup"/>).
    /// </summary>
    /// <param name="sharding">The state to shard. Weights are sharded, and gradients before the end of a micro-batch, where layers are computed again: call <see cref="UseGradientCheckpointing"/>.</param>
    /// <returns>This builder.</returns>
    /// <remarks>
    /// The optimizer gets this rank's share of every parameter, float32, as [numbers, 1, …] of as many dimensions: one that treats each number by itself, as Adam and its kin
    /// do, trains as without. From <see cref="Sharding.Gradients"/> on ranks wait for each other at each micro-batch, and <see cref="UsePacking"/> gives all of them as many.
    /// When the run has ended the model has all its weights on every rank; when it has failed it may not.
    /// </remarks>
    public LongAlignTrainerBuilder UseSharding(Sharding sharding)
    {
        _sharding = sharding;
        return Called();
    }

    /// <summary>
    /// Lets several ranks share each pack, so that activations of a rank are those of its part: tokens are split evenly, and attention goes over the whole
    /// pack with a part of the heads on each rank (DeepSpeed-Ulysses). Loss and weights are those of one process on the same steps.
    /// </summary>
    /// <param name="size">
    /// Ranks that share a pack, neighbours by their numbers; the world size has to be a multiple. World size / <paramref name="size"/> groups of
    /// them train data parallel: accumulation and batch sizes that count by rank count by such a group.
    /// </param>
    /// <returns>This builder.</returns>
    /// <remarks>
    /// For packs (<see cref="UsePacking"/>) and models whose tokens meet in <see cref="Attention.BlockDiagonalAttention"/> alone, with a number of heads that
    /// is a multiple of <paramref name="size"/>; key heads may be fewer. Your own loss has to be an <see cref="ITrainingLoss.IsSumOverTargets"/>.
    /// Evaluations are not split: every rank evaluates whole packs. A cancellation ends the run after the step that is under way.
    /// </remarks>
    public LongAlignTrainerBuilder UseSequenceParallelism(int size)
    {
        _sequenceParallelism = size;
        return Called();
    }

    /// <summary>Ranks that share a pack; at least 1 while faults are being looked for.</summary>
    private int SharingRanks => Math.Clamp(_sequenceParallelism, 1, _group.WorldSize);

    private IEnumerable<string> FindShardingFaults()
    {
        if (!Enum.IsDefined(_sharding))
        {
            yield return $"{nameof(UseSharding)}: {UndefinedValue.Message(_sharding, "a stage")}";
        }

        if (_sharding >= Sharding.Parameters && !_gradientCheckpointing && _model is { Model: IGradientCheckpointing })
        {
            yield return $"{nameof(UseSharding)}: weights are shared where layers are computed again; call {nameof(UseGradientCheckpointing)}.";
        }
    }

    private IEnumerable<string> FindSharingFaults(IReadOnlyCollection<string> batchings)
    {
        const string Call = nameof(UseSequenceParallelism);
        if (_sequenceParallelism < 1 || _group.WorldSize % _sequenceParallelism != 0)
        {
            yield return $"{Call}: {_sequenceParallelism} ranks are to share a pack, and there are {_group.WorldSize}; expected at least 1, and a multiple of it in all.";
        }

        if (_sequenceParallelism <= 1)
        {
            yield break;
        }

        foreach (string padded in batchings.Intersect([nameof(UseSortedBatching), nameof(UseNaiveBatching)]))
        {
            yield return $"{Call} splits packs, and {padded} makes padded rows; expected {nameof(UsePacking)}.";
        }

        if (_loss is { IsSumOverTargets: false })
        {
            yield return $"{Call}: {_loss.GetType().Name} does not say that it is a sum over targets ({nameof(ITrainingLoss)}.{nameof(ITrainingLoss.IsSumOverTargets)}), and a rank has a part of the targets of a sequence.";
        }

        if (_model?.Model.FindSharingFault(_sequenceParallelism) is { } fault)
        {
            yield return $"{Call}: {fault}";
        }
    }
}
