using LongAlign.Batching;
using LongAlign.Collation;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Losses;

/// <summary>
/// The target tokens of a micro-batch: which tokens predict them, their ids, and the weight of each. Work on logits is
/// proportional to these, not to all tokens: most of a long-context batch is prompt.
/// </summary>
/// <param name="Predictors">Positions in the flattened batch whose logits predict a target, int64 [targets].</param>
/// <param name="Ids">The ids to be predicted, int64 [targets].</param>
/// <param name="Weights">Weights that give the share of the step's loss, float32 [targets].</param>
internal readonly record struct BatchTargets(Tensor Predictors, Tensor Ids, Tensor Weights)
{
    /// <summary>Finds the targets; the tensors join the current dispose scope.</summary>
    public static BatchTargets Of(TrainingBatch batch, LossReduction reduction)
    {
        Tensor weights = batch.LossWeights.flatten();
        Tensor positions = weights.nonzero().squeeze(1);
        using Scalar one = 1; // held: a scalar that nobody holds may be finalized while libtorch reads it
        return new BatchTargets(
            positions.sub(one),
            batch.Labels.flatten().index_select(0, positions),
            Scale(weights.index_select(0, positions), batch.TargetCount, batch.Totals, reduction));
    }

    /// <summary>Sum of weight x cross entropy, in float32.</summary>
    /// <param name="logits">[targets, vocabulary].</param>
    public Tensor Loss(Tensor logits)
    {
        if (Ids.numel() == 0)
        {
            return logits.sum().to(ScalarType.Float32); // 0, with a graph behind it
        }

        Tensor crossEntropy = nn.functional.cross_entropy(logits.to(ScalarType.Float32), Ids, reduction: nn.Reduction.None);
        return (crossEntropy * Weights).sum();
    }

    /// <summary>Sum of weight x cross entropy of a linear vocabulary projection, in float32.</summary>
    /// <param name="hidden">Hidden states of all tokens, [tokens, hidden].</param>
    /// <param name="outputWeight">[vocabulary, hidden].</param>
    public Tensor Loss(Tensor hidden, Tensor outputWeight)
        => FusedLinearCrossEntropy.OfTargets(hidden.index_select(0, Predictors), outputWeight, Ids, Weights);

    private static Tensor Scale(Tensor weights, int targets, StepTotals totals, LossReduction reduction)
    {
        using Scalar sequences = Math.Max(1, totals.SequenceCount);
        return reduction switch
        {
            LossReduction.SequenceMean => weights.div(sequences),
            LossReduction.TokenMean => full_like(weights, 1.0 / Math.Max(1, totals.TargetCount)),
            LossReduction.PackMean => full_like(weights, 1.0 / (Math.Max(1, totals.MicroBatchCount) * (double)Math.Max(1, targets))),
            _ => throw new ArgumentOutOfRangeException(nameof(reduction), reduction, "Unknown loss reduction."),
        };
    }
}
