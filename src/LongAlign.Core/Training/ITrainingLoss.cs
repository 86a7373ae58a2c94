using LongAlign.Collation;

namespace LongAlign.Training;

/// <summary>The loss that a run minimises, as a sum over the micro-batches of a step.</summary>
/// <remarks>
/// Shares add up over micro-batches, gradient accumulation and ranks: each is divided by numbers of the whole step
/// (<see cref="TrainingBatch.Totals"/>), never by its own. Several forward passes are allowed, also with gradient checkpointing.
/// Called within a dispose scope, on the thread of the run. Evaluations (<see cref="LongAlignTrainerBuilder.EvaluateEvery"/>) take the cross entropy of
/// targets, whatever the loss. The programs of samples/Extend have losses of preferences (DPO) and of distillation.
/// </remarks>
/// <example>
/// <code>
/// // Cross entropy by sequence, with the share of targets that the model ranks first as a metric.
/// public sealed class LossWithAccuracy : ITrainingLoss
/// {
///     public IReadOnlyList&lt;string> Metrics => ["accuracy"];
///
///     public bool IsSumOverTargets => true;
///
///     public LossShare Compute(ITrainableModel model, TrainingBatch batch)
///     {
///         BatchTargets targets = BatchTargets.Of(batch);
///         Tensor logits = TargetLogits.Of(model, batch, targets);
///         Tensor loss = (nn.functional.cross_entropy(logits, targets.Ids, reduction: nn.Reduction.None) * targets.Weights).sum();
///         Tensor right = (logits.argmax(-1) == targets.Ids).to(ScalarType.Float32);
///         return new LossShare(loss, right.sum() / batch.Totals.TargetCount);
///     }
/// }
/// </code>
/// </example>
public interface ITrainingLoss
{
    /// <summary>Names of the metrics that <see cref="Compute"/> returns, the same on every rank; at most 16.</summary>
    /// <value>Empty by default. <c>sequence_loss</c> and <c>token_loss</c> are those of <see cref="TrainingProgress"/>, in nats.</value>
    IReadOnlyList<string> Metrics => [];

    /// <summary>The settings that decide the loss, by name: a run resumes only with the same, and every rank must have the same.</summary>
    /// <value>Empty by default. The type is compared in any case.</value>
    IEnumerable<KeyValuePair<string, string>> Settings => [];

    /// <summary>
    /// Whether shares are sums over the targets of <see cref="Losses.BatchTargets"/>, each of them made of the logits that predict it and of nothing else. Then ranks may share a
    /// pack (<see cref="LongAlignTrainerBuilder.UseSequenceParallelism"/>), and each sums over the targets that it predicts.
    /// </summary>
    /// <value>False by default. Further tensors of a batch are those of the whole pack on every rank.</value>
    bool IsSumOverTargets => false;

    /// <summary>The loss of a micro-batch.</summary>
    /// <param name="model">The model, in training mode.</param>
    /// <param name="batch">The micro-batch, on the model's device.</param>
    /// <returns>Shares of the step's loss and metrics.</returns>
    LossShare Compute(ITrainableModel model, TrainingBatch batch);
}
