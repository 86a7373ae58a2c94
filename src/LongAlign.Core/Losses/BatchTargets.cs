using LongAlign.Collation;
using LongAlign.Sequences;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Losses;

/// <summary>
/// The target tokens of a micro-batch: which tokens predict them, their ids, and the weight of each. Work on logits is
/// proportional to these, not to all tokens: most of a long-context batch is prompt.
/// </summary>
/// <remarks>
/// Its tensors join the dispose scope that is current when it is made. Of a pack that ranks share, these are the targets that tokens of this rank
/// predict: the last token of a part predicts the first label of the next.
/// </remarks>
public sealed class BatchTargets
{
    private readonly TrainingBatch _batch;

    private BatchTargets(TrainingBatch batch, Tensor positions, Tensor sequenceWeights, LossReduction reduction)
    {
        _batch = batch;
        Predictors = positions - (1 + (batch.Layout.Part?.Start ?? 0));
        Ids = batch.Labels.flatten().index_select(0, positions);
        SequenceWeights = sequenceWeights;
        Weights = Scale(sequenceWeights, batch.TargetCount, batch.Totals, reduction);
    }

    /// <summary>Positions in the flattened batch, or in this rank's part of it, whose logits predict a target, int64 [targets].</summary>
    public Tensor Predictors { get; }

    /// <summary>The ids to be predicted, int64 [targets].</summary>
    public Tensor Ids { get; }

    /// <summary>Weights that make a sum over the targets the micro-batch's share of the step, float32 [targets].</summary>
    public Tensor Weights { get; }

    /// <summary>1/N_i of the sequence that a target belongs to, float32 [targets].</summary>
    public Tensor SequenceWeights { get; }

    /// <summary>Finds the targets.</summary>
    /// <param name="batch">The micro-batch.</param>
    /// <param name="reduction">The unit that counts the same in <see cref="Weights"/>.</param>
    /// <returns>The targets, in the order of the batch.</returns>
    public static BatchTargets Of(TrainingBatch batch, LossReduction reduction = LossReduction.SequenceMean)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Tensor weights = batch.LossWeights.flatten();
        Tensor positions = weights.nonzero().squeeze(1);
        if (batch.Layout.Part is { } part)
        {
            positions = positions.masked_select((positions > part.Start).logical_and(positions <= part.Start + part.TokenCount));
        }

        return new BatchTargets(batch, positions, weights.index_select(0, positions), reduction);
    }

    /// <summary>Adds up a number of each target by sequence, such as log-probabilities of answers.</summary>
    /// <param name="values">[targets].</param>
    /// <returns>[sequences], with a graph where <paramref name="values"/> has one; 0 for a sequence without a target. The caller owns it.</returns>
    /// <exception cref="NotSupportedException">Ranks share the pack, and this one has a part of a sequence.</exception>
    public Tensor SumBySequence(Tensor values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (_batch.Layout.Part is { } part)
        {
            throw new NotSupportedException($"{part.Count} ranks share the pack, and this one has a part of its sequences: there are no sums by sequence.");
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor ends = tensor(_batch.Layout.CuSeqLens[1..].ToArray(), device: Predictors.device);
        Tensor sequences = bucketize(Predictors, ends, right: true);
        return zeros(_batch.Layout.SequenceCount, values.dtype, values.device).index_add(0, sequences, values, 1).MoveToOuterDisposeScope();
    }

    /// <summary>Sum of weight x cross entropy.</summary>
    /// <param name="logits">[targets, vocabulary].</param>
    internal TargetLoss Loss(Tensor logits)
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
    internal TargetLoss Loss(Tensor hidden, Tensor outputWeight)
        => FusedLinearCrossEntropy.OfTargets(hidden.index_select(0, Predictors), outputWeight, Ids, Weights);

    private static Tensor Scale(Tensor weights, int targets, StepTotals totals, LossReduction reduction) => reduction switch
    {
        LossReduction.SequenceMean => weights / Math.Max(1, totals.SequenceCount),
        LossReduction.TokenMean => full_like(weights, 1.0 / Math.Max(1, totals.TargetCount)),
        LossReduction.PackMean => full_like(weights, 1.0 / (Math.Max(1, totals.MicroBatchCount) * (double)Math.Max(1, targets))),
        _ => throw new ArgumentOutOfRangeException(nameof(reduction), reduction, "Unknown loss reduction."),
    };
}
