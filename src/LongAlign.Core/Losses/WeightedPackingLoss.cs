using LongAlign.Collation;
using LongAlign.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Losses;

/// <summary>
/// Cross entropy of a micro-batch's target tokens, weighted so that the losses of a step's micro-batches add up to the loss of
/// the step, however its sequences fell into micro-batches and ranks (Eq. 2 and 4 of the paper): the sum over targets of CE / (N_i M).
/// </summary>
/// <example>
/// <code>
/// using WeightedPackingLoss loss = new();
/// foreach (MicroBatch microBatch in step.MicroBatches)
/// {
///     using PackedBatch batch = collator.Collate(microBatch);
///     Tensor logits = model.forward(batch.InputIds, batch.PositionIds, batch.Layout);
///     loss.forward(logits, batch).backward();    // shares of the step's loss: they add up
/// }
///
/// optimizer.Step(learningRate: 2e-5);
/// </code>
/// </example>
/// <remarks>
/// <para>
/// Call <c>backward()</c> on the loss of every micro-batch and then make one optimizer step; nothing is to be divided by the
/// number of micro-batches. A batch collated without totals is a separate step, and its loss is the step's loss.
/// </para>
/// <para>The logits of token t - 1 predict the label of token t, within one sequence only.</para>
/// </remarks>
/// <param name="reduction">The rule that reduces token losses to one number.</param>
public sealed class WeightedPackingLoss(LossReduction reduction = LossReduction.SequenceMean)
    : nn.Module<Tensor, TrainingBatch, Tensor>(CheckedName())
{
    /// <summary>The rule that reduces token losses to one number; <see cref="LossReduction.SequenceMean"/> by default.</summary>
    public LossReduction Reduction => reduction;

    /// <summary>The micro-batch's share of the step's loss.</summary>
    /// <param name="logits">Of all tokens: [tokens, vocabulary], or [rows, columns, vocabulary] of a padded batch.</param>
    /// <param name="batch">The micro-batch that the logits belong to.</param>
    /// <returns>A float32 scalar that the caller owns; 0 where the micro-batch has no target.</returns>
    /// <exception cref="ArgumentException"><paramref name="logits"/> does not have one row for each token of the batch, or a label is outside the vocabulary.</exception>
    public override Tensor forward(Tensor logits, TrainingBatch batch)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(batch);
        long vocabulary = logits.shape[^1];
        if (logits.numel() != vocabulary * batch.InputIds.numel())
        {
            throw new ArgumentException(
                $"The logits are [{string.Join(", ", logits.shape)}]; expected one row for each of the batch's {batch.InputIds.numel()} tokens.", nameof(logits));
        }

        using DisposeScope scope = NewDisposeScope();
        ThrowIfOutside(batch, vocabulary);
        BatchTargets targets = BatchTargets.Of(batch, reduction);
        Tensor rows = logits.reshape(-1, vocabulary).index_select(0, targets.Predictors);
        return targets.Loss(rows).Loss.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The micro-batch's share of the step's loss, from hidden states: the projection of targets and their loss in one, with memory
    /// that does not grow with tokens x vocabulary (<see cref="FusedLinearCrossEntropy"/>).
    /// </summary>
    /// <param name="hiddenStates">Of all tokens: [tokens, hidden], or [rows, columns, hidden] of a padded batch.</param>
    /// <param name="outputWeight">The vocabulary projection, [vocabulary, hidden], in the dtype of <paramref name="hiddenStates"/>.</param>
    /// <param name="batch">The micro-batch that the hidden states belong to.</param>
    /// <returns>A float32 scalar that the caller owns; 0 where the micro-batch has no target.</returns>
    /// <exception cref="ArgumentException">
    /// <paramref name="hiddenStates"/> does not have one row for each token of the batch or does not go with
    /// <paramref name="outputWeight"/>, or a label is outside the vocabulary.
    /// </exception>
    public Tensor forward(Tensor hiddenStates, Tensor outputWeight, TrainingBatch batch)
    {
        ArgumentNullException.ThrowIfNull(hiddenStates);
        ArgumentNullException.ThrowIfNull(outputWeight);
        ArgumentNullException.ThrowIfNull(batch);
        long width = hiddenStates.dim() > 0 ? hiddenStates.shape[^1] : 0;
        if (hiddenStates.numel() != width * batch.InputIds.numel() || outputWeight.dim() != 2 || outputWeight.shape[1] != width || outputWeight.dtype != hiddenStates.dtype)
        {
            throw new ArgumentException(
                $"The hidden states are {hiddenStates.dtype} [{string.Join(", ", hiddenStates.shape)}] and the output weight {outputWeight.dtype} [{string.Join(", ", outputWeight.shape)}]; "
                + $"expected one row for each of the batch's {batch.InputIds.numel()} tokens, and a weight [vocabulary, hidden] of the same dtype.",
                nameof(hiddenStates));
        }

        using DisposeScope scope = NewDisposeScope();
        ThrowIfOutside(batch, outputWeight.shape[0]);
        return BatchTargets.Of(batch, reduction).Loss(hiddenStates.reshape(-1, width), outputWeight).Loss.MoveToOuterDisposeScope();
    }

    /// <summary>The base constructor touches TorchSharp: the check must come before it.</summary>
    private static string CheckedName()
    {
        TorchRuntime.EnsureAvailable();
        return nameof(WeightedPackingLoss);
    }

    /// <summary>Checks on the CPU alone, where it costs nothing: on a GPU it would wait for all work before it.</summary>
    private static void ThrowIfOutside(TrainingBatch batch, long vocabulary)
    {
        if (batch.Labels.device_type == DeviceType.CPU && batch.Labels.max().ToInt64() is var largest && largest >= vocabulary)
        {
            throw new ArgumentException($"The batch has the label {largest}; the vocabulary has {vocabulary} ids.", nameof(batch));
        }
    }
}
