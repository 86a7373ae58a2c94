using LongAlign.Collation;
using LongAlign.Losses;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>From a batch to its loss, as training and evaluation both take it.</summary>
internal static class ModelLoss
{
    /// <summary>Whether a model implements one of the interfaces that a loss can be taken with.</summary>
    public static bool CanBeTaken(ITrainableModel model) => model is ICausalLanguageModel or ILogitsModel or IPaddedModel;

    /// <summary>Whether a model takes padded rows and nothing else.</summary>
    public static bool NeedsRows(ITrainableModel model) => model is IPaddedModel and not (ICausalLanguageModel or ILogitsModel);

    /// <summary>A forward pass; the tensors join the current dispose scope.</summary>
    public static TargetLoss Of(ITrainableModel model, TrainingBatch batch, BatchTargets targets)
        => model is ICausalLanguageModel { OutputWeight: not null } decoder
            ? ProjectedLoss(decoder, HiddenOf(decoder, batch), targets)
            : targets.Loss(LogitsOf(model, batch, targets));

    /// <summary>The logits that predict the targets, [targets, vocabulary], in the model's dtype; the tensors join the current dispose scope.</summary>
    public static Tensor LogitsOf(ITrainableModel model, TrainingBatch batch, BatchTargets targets)
    {
        if (model is ICausalLanguageModel decoder)
        {
            return decoder.GetLogits(HiddenOf(decoder, batch).index_select(0, targets.Predictors));
        }

        Tensor logits = model is ILogitsModel flat
            ? flat.GetLogits(batch.InputIds.flatten(), batch.PositionIds.flatten(), batch.Layout)
            : GetRowLogits((IPaddedModel)model, batch);
        long[] expected = [.. model is ILogitsModel ? [batch.InputIds.numel()] : batch.InputIds.shape, model.VocabularySize];
        return logits.shape.AsSpan().SequenceEqual(expected)
            ? logits.reshape(-1, model.VocabularySize).index_select(0, targets.Predictors)
            : throw new InvalidOperationException(
                $"GetLogits of {model.GetType().Name} gave a tensor of shape [{string.Join(", ", logits.shape)}]; expected [{string.Join(", ", expected)}].");
    }

    /// <summary>Projection and loss in one; where ranks share the projection's weights it is a piece, which has them only meanwhile.</summary>
    private static TargetLoss ProjectedLoss(ICausalLanguageModel model, Tensor hidden, BatchTargets targets)
    {
        if (!GradientCheckpoint.IsSharded || model.OutputModule is not { } module)
        {
            return targets.Loss(hidden, model.OutputWeight!);
        }

        Tensor crossEntropies = empty_like(targets.Weights);
        Tensor loss = GradientCheckpoint.Run(
            module,
            inputs =>
            {
                TargetLoss computed = targets.Loss(inputs[0], model.OutputWeight!);
                crossEntropies.copy_(computed.CrossEntropies);
                return computed.Loss;
            },
            hidden);
        return new TargetLoss(loss, crossEntropies);
    }

    private static Tensor HiddenOf(ICausalLanguageModel model, TrainingBatch batch)
        => model.GetHiddenStates(batch.InputIds.flatten(), batch.PositionIds.flatten(), batch.Layout);

    private static Tensor GetRowLogits(IPaddedModel model, TrainingBatch batch)
        => batch is PaddedBatch rows
            ? model.GetLogits(rows.InputIds, rows.CreateAttentionMask())
            : throw new InvalidOperationException(
                $"{model.GetType().Name} is an {nameof(IPaddedModel)} and takes padded rows; the collator gave a {batch.GetType().Name}, expected a {nameof(PaddedBatch)}.");
}
