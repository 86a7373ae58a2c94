using LongAlign.Batching;
using LongAlign.Collation;
using static TorchSharp.torch;

namespace LongAlign.Losses;

/// <summary>
/// The target tokens of a micro-batch: which tokens predict them, their ids, and the weight of each. Work on logits is
/// proportional to these, not to all tokens: most of a long-context batch is prompt.
/// </summary>
/// <param name="Predictors">Positions in the flattened batch whose logits predict a target, int64 [targets].</param>
/// <param name="Ids">The ids to be predicted, int64 [targets].</param>
/// <param name="Weights">Weights that give the share of the step's loss, float32 [targets].</param>
/// <param name="SequenceWeights">1/N_i of the sequence that a target belongs to, float32 [targets].</param>
internal readonly record struct BatchTargets(Tensor Predictors, Tensor Ids, Tensor Weights, Tensor SequenceWeights)
{
    /// <summary>Finds the targets; the tensors join the current dispose scope.</summary>
    public static BatchTargets Of(TrainingBatch batch, LossReduction reduction)
    {
        Tensor weights = batch.LossWeights.flatten();
        Tensor positions = weights.nonzero().squeeze(1);
        Tensor sequenceWeights = weights.index_select(0, positions);
        return new BatchTargets(
            positions - 1,
            batch.Labels.flatten().index_select(0, positions),
            Scale(sequenceWeights, batch.TargetCount, batch.Totals, reduction),
            sequenceWeights);
    }

    /// <summary>Sum of weight x cross entropy.</summary>
    /// <param name="logits">[targets, vocabulary].</param>
    public TargetLoss Loss(Tensor logits)
    {
        if (Ids.numel() == 0)
        {
            return new TargetLoss(logits.sum().to(ScalarType.Float32), Weights); // 0, with a graph behind it; no cross entropies
        }

        Tensor crossEntropies = nn.functional.cross_entropy(logits.to(ScalarType.Float32), Ids, reduction: nn.Reduction.None);
        return new TargetLoss((crossEntropies * Weights).sum(), crossEntropies.detach());
    }

    /// <summary>Sum of weight x cross entropy of a linear vocabulary projection.</summary>
    /// <param name="hidden">Hidden states of all tokens, [tokens, hidden].</param>
    /// <param name="outputWeight">[vocabulary, hidden].</param>
    public TargetLoss Loss(Tensor hidden, Tensor outputWeight)
        => FusedLinearCrossEntropy.OfTargets(hidden.index_select(0, Predictors), outputWeight, Ids, Weights);

    private static Tensor Scale(Tensor weights, int targets, StepTotals totals, LossReduction reduction) => reduction switch
    {
        LossReduction.SequenceMean => weights / Math.Max(1, totals.SequenceCount),
        LossReduction.TokenMean => full_like(weights, 1.0 / Math.Max(1, totals.TargetCount)),
        LossReduction.PackMean => full_like(weights, 1.0 / (Math.Max(1, totals.MicroBatchCount) * (double)Math.Max(1, targets))),
        _ => throw new ArgumentOutOfRangeException(nameof(reduction), reduction, "Unknown loss reduction."),
    };
}
