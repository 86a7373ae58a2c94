using LongAlign.Collation;
using LongAlign.Losses;

namespace LongAlign.Training;

/// <summary>The weighted cross entropy of target tokens (<see cref="WeightedPackingLoss"/>), with the losses by sequence and by token as metrics.</summary>
internal sealed class CrossEntropyLoss(LossReduction reduction) : ITrainingLoss
{
    /// <summary>Every sequence counts the same, whatever the reduction.</summary>
    public const string PerSequence = "sequence_loss";

    /// <summary>Every target token counts the same, whatever the reduction.</summary>
    public const string PerToken = "token_loss";

    public LossReduction Reduction => reduction;

    public IReadOnlyList<string> Metrics { get; } = [PerSequence, PerToken];

    public bool IsSumOverTargets => true;

    public LossShare Compute(ITrainableModel model, TrainingBatch batch)
    {
        BatchTargets targets = BatchTargets.Of(batch, reduction);
        TargetLoss loss = ModelLoss.Of(model, batch, targets);
        return new LossShare(
            loss.Loss,
            (loss.CrossEntropies * targets.SequenceWeights).sum() / Math.Max(1, batch.Totals.SequenceCount),
            loss.CrossEntropies.sum() / Math.Max(1, batch.Totals.TargetCount));
    }

    public override string ToString() => $"{reduction}";
}
