using System.Runtime.InteropServices;
using LongAlign.Batching;
using LongAlign.Losses;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>Shares of a step's losses: those of its micro-batches, over all ranks, add up to the step's.</summary>
/// <param name="Loss">By the reduction of the run.</param>
/// <param name="PerSequence">Every sequence counting the same.</param>
/// <param name="PerToken">Every target token counting the same.</param>
internal readonly record struct StepLoss(double Loss, double PerSequence, double PerToken)
{
    public static StepLoss operator +(StepLoss left, StepLoss right)
        => new(left.Loss + right.Loss, left.PerSequence + right.PerSequence, left.PerToken + right.PerToken);

    /// <summary>All three in one read, for which the host waits once.</summary>
    public static StepLoss Read(TargetLoss loss, BatchTargets targets, StepTotals totals)
    {
        using IDisposable noGrad = no_grad();
        Tensor sums = stack([loss.Loss, (loss.CrossEntropies * targets.SequenceWeights).sum(), loss.CrossEntropies.sum()]).cpu();
        ReadOnlySpan<float> values = MemoryMarshal.Cast<byte, float>(sums.bytes);
        return new StepLoss(values[0], values[1] / Math.Max(1, totals.SequenceCount), values[2] / Math.Max(1, totals.TargetCount));
    }
}
