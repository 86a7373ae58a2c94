using LongAlign.Collation;
using LongAlign.Distributed;
using LongAlign.Training.Checkpoints;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>From the gradients of a step's micro-batches to new weights, the same on every rank.</summary>
internal abstract class WeightUpdate : IDisposable
{
    /// <summary>The optimizer of the parameters, or of this rank's shares of them.</summary>
    public abstract ITrainingOptimizer Optimizer { get; }

    /// <summary>The time that ranks have waited for each other in exchanges so far.</summary>
    public abstract TimeSpan Waited { get; }

    /// <summary>The time that exchanges have taken so far, once all ranks had come.</summary>
    public abstract TimeSpan Communicated { get; }

    /// <summary>Trained parameters that no step has given a gradient yet.</summary>
    public abstract IReadOnlyList<string> WithoutGradient { get; }

    /// <summary>The optimizer's state, and the float32 weights that are not in the model.</summary>
    public abstract IEnumerable<KeyValuePair<string, Tensor>> State { get; }

    /// <summary>Whether each rank has a state of its own to save.</summary>
    public abstract bool IsShared { get; }

    /// <summary>An update for a run.</summary>
    public static WeightUpdate For(TrainerSetup setup, RankVote vote)
        => setup.Sharding == Sharding.None ? new ReplicatedUpdate(setup) : new ShardedUpdate(setup, vote);

    /// <summary>Turns the module into bfloat16, but for what has to stay float32; the float32 weights stay here.</summary>
    public abstract void CastToBFloat16(nn.Module module);

    /// <summary>Before the micro-batches of a step.</summary>
    /// <param name="microBatches">Those of this rank.</param>
    public abstract void BeginStep(int microBatches);

    /// <summary>Before a micro-batch.</summary>
    /// <param name="batch">The one of this rank; null where it has none left.</param>
    /// <param name="isCancelled">Whether the run is cancelled; becomes true where it is on a rank that this one has to go with.</param>
    /// <returns>Whether this rank has one left, or must take part in those of others.</returns>
    public abstract bool BeginMicroBatch(TrainingBatch? batch, ref bool isCancelled);

    /// <summary>After its backward pass, or that of others.</summary>
    public abstract void EndMicroBatch();

    /// <summary>After the micro-batches: adds up the gradients of all ranks.</summary>
    public abstract void AddUp();

    /// <summary>Clips the gradients and updates the weights.</summary>
    /// <returns>The norm of the gradients; nothing was updated where it is not finite.</returns>
    public abstract double Apply(double learningRate, double maxGradientNorm);

    /// <summary>Sets gradients to zero, for the next step.</summary>
    public abstract void ZeroGradients();

    /// <summary>Brings all weights to every rank until what is returned is disposed; every rank has to come. Null where they are there.</summary>
    public abstract IDisposable? GatherWeights();

    /// <summary>Takes a state over, the model's weights being restored already.</summary>
    /// <param name="saved">What <see cref="State"/> gave.</param>
    /// <param name="withoutGradient">What <see cref="WithoutGradient"/> gave.</param>
    public abstract void Restore(OptimizerParts saved, IReadOnlyCollection<string> withoutGradient);

    /// <summary>At the end of a run: the model has all its weights again. Every rank has to come.</summary>
    public abstract void Complete();

    public abstract void Dispose();
}
