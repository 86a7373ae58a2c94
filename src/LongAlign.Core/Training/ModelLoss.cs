using LongAlign.Collation;
using LongAlign.Losses;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>From a batch to its loss, as training and evaluation both take it.</summary>
internal static class ModelLoss
{
    /// <summary>A forward pass; the tensors join the current dispose scope.</summary>
    public static TargetLoss Of(ICausalLanguageModel model, TrainingBatch batch, BatchTargets targets)
        => model.OutputWeight is { } outputWeight
            ? targets.Loss(HiddenOf(model, batch), outputWeight)
            : targets.Loss(LogitsOf(model, batch, targets));

    /// <summary>The logits that predict the targets, [targets, vocabulary], in the model's dtype.</summary>
    public static Tensor LogitsOf(ICausalLanguageModel model, TrainingBatch batch, BatchTargets targets)
        => model.GetLogits(HiddenOf(model, batch).index_select(0, targets.Predictors));

    private static Tensor HiddenOf(ICausalLanguageModel model, TrainingBatch batch)
        => model.GetHiddenStates(batch.InputIds.flatten(), batch.PositionIds.flatten(), batch.Layout);
}
