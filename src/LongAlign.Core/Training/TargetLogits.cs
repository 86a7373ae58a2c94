using LongAlign.Collation;
using LongAlign.Losses;
using LongAlign.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>The logits of a micro-batch's target tokens, for your own losses.</summary>
public static class TargetLogits
{
    /// <summary>A forward pass.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">The micro-batch, on the model's device.</param>
    /// <param name="targets">Its targets.</param>
    /// <returns>Logits that predict each target, float32 [targets, vocabulary]; the caller owns them. Under <c>no_grad</c> without a graph.</returns>
    public static Tensor Of(ITrainableModel model, TrainingBatch batch, BatchTargets targets)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(targets);
        TorchRuntime.EnsureAvailable();
        using DisposeScope scope = NewDisposeScope();
        return ModelLoss.LogitsOf(model, batch, targets).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }
}
