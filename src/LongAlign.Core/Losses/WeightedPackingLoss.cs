using LongAlign.Collation;
using LongAlign.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Losses;

/// <summary>
/// Cross entropy of a micro-batch's target tokens, weighted so that the losses of a step's micro-batches add up to the loss of
/// the step, however its sequences fell into micro-batches and ranks.
/// </summary>
/// <remarks>
/// <para>
/// Call <c>backward()</c> on the loss of every micro-batch and then make one optimizer step; nothing is to be divided by the
/// number of micro-batches. A batch collated without totals is a step of its own, and its loss is the step's loss.
/// </para>
/// <para>The logits of token t - 1 predict the label of token t, within one sequence only.</para>
/// </remarks>
/// <param name="reduction">How token losses become one number.</param>
public sealed class WeightedPackingLoss(LossReduction reduction = LossReduction.SequenceMean)
    : nn.Module<Tensor, TrainingBatch, Tensor>(CheckedName())
{
    /// <summary>How token losses become one number; <see cref="LossReduction.SequenceMean"/> by default.</summary>
    public LossReduction Reduction => reduction;

    /// <summary>The micro-batch's share of the step's loss.</summary>
    /// <param name="logits">Of all tokens: [tokens, vocabulary], or [rows, columns, vocabulary] of a padded batch.</param>
    /// <param name="batch">The micro-batch that the logits belong to.</param>
    /// <returns>A float32 scalar; 0 where the micro-batch has no target.</returns>
    /// <exception cref="ArgumentException"><paramref name="logits"/> does not have one row for each token of the batch, or a label is outside the vocabulary.</exception>
    public override Tensor forward(Tensor logits, TrainingBatch batch)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(batch);
        long vocabulary = logits.shape[^1];
        if (logits.numel() != vocabulary * batch.TokenCount)
        {
            throw new ArgumentException(
                $"The logits are [{string.Join(", ", logits.shape)}]; expected one row for each of the batch's {batch.TokenCount} tokens.", nameof(logits));
        }

        using DisposeScope scope = NewDisposeScope();
        ThrowIfOutside(batch, vocabulary);
        BatchTargets targets = BatchTargets.Of(batch, reduction);
        Tensor rows = logits.reshape(-1, vocabulary).index_select(0, targets.Predictors);
        return targets.Loss(rows).MoveToOuterDisposeScope();
    }

    /// <summary>The base constructor touches TorchSharp: the check must come before it.</summary>
    private static string CheckedName()
    {
        TorchRuntime.EnsureAvailable();
        return nameof(WeightedPackingLoss);
    }

    /// <summary>On the CPU alone, where it costs nothing: on a GPU it would wait for all work before it.</summary>
    private static void ThrowIfOutside(TrainingBatch batch, long vocabulary)
    {
        if (batch.Labels.device_type == DeviceType.CPU && batch.Labels.max().ToInt64() is var largest && largest >= vocabulary)
        {
            throw new ArgumentException($"The batch has the label {largest}; the logits are for a vocabulary of {vocabulary}.", nameof(batch));
        }
    }
}
