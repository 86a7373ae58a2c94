using LongAlign.Collation;
using LongAlign.Losses;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>From a batch to its loss, as training and evaluation both take it.</summary>
internal static class ModelLoss
{
    /// <summary>A forward pass; the tensors join the current dispose scope.</summary>
    public static TargetLoss Of(ICausalLanguageModel model, TrainingBatch batch, BatchTargets targets)
    {
        Tensor hidden = model.GetHiddenStates(batch.InputIds.flatten(), batch.PositionIds.flatten(), batch.Layout);
        return model.OutputWeight is { } outputWeight
            ? targets.Loss(hidden, outputWeight)
            : targets.Loss(model.GetLogits(hidden.index_select(0, targets.Predictors)));
    }
}
