using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Losses;

/// <summary>
/// Vocabulary projection and weighted cross entropy in one: logits exist for a few hundred rows at a time, and the gradients of hidden
/// states and projection are made on the way forward. Memory grows with rows x hidden, not with rows x vocabulary.
/// </summary>
public static class FusedLinearCrossEntropy
{
    /// <summary>Rows whose logits exist at the same time, where nothing else is said: more save no time.</summary>
    public const int DefaultChunkRows = 256;

    /// <summary>sum over i of weight_i x CE(hidden_i W^T, id_i), with gradients of hidden states and W.</summary>
    /// <param name="hiddenStates">[n, hidden]: of the tokens that predict a target, and of no others.</param>
    /// <param name="outputWeight">W, [vocabulary, hidden], of the dtype of <paramref name="hiddenStates"/>.</param>
    /// <param name="targetIds">The ids to be predicted, int64 [n], each in the vocabulary.</param>
    /// <param name="targetWeights">A weight for each of them, float32 [n]; not differentiated.</param>
    /// <param name="chunkRows">Rows whose logits exist at the same time, at least 1.</param>
    /// <returns>A float32 scalar; 0 for no rows.</returns>
    /// <remarks>
    /// Softmax, loss and the gradient of W are in float32, products in the dtype of the inputs. Where no gradient is wanted none is made.
    /// </remarks>
    /// <exception cref="ArgumentException">Shapes or dtypes do not go together; the message has them.</exception>
    public static Tensor Forward(
        Tensor hiddenStates, Tensor outputWeight, Tensor targetIds, Tensor targetWeights, int chunkRows = DefaultChunkRows)
    {
        ArgumentNullException.ThrowIfNull(hiddenStates);
        ArgumentNullException.ThrowIfNull(outputWeight);
        ArgumentNullException.ThrowIfNull(targetIds);
        ArgumentNullException.ThrowIfNull(targetWeights);
        ArgumentOutOfRangeException.ThrowIfLessThan(chunkRows, 1);
        ThrowIfShapesDiffer(hiddenStates, outputWeight, targetIds, targetWeights);
        bool needsHidden = is_grad_enabled() && hiddenStates.requires_grad;
        bool needsWeight = is_grad_enabled() && outputWeight.requires_grad;
        if (needsHidden || needsWeight)
        {
            return FusedLinearCrossEntropyFunction.Run(hiddenStates, outputWeight, targetIds, targetWeights, chunkRows, needsHidden, needsWeight);
        }

        using DisposeScope scope = NewDisposeScope();
        return LinearCrossEntropyChunks.Compute(hiddenStates, outputWeight, targetIds, targetWeights, chunkRows, null, null).MoveToOuterDisposeScope();
    }

    private static void ThrowIfShapesDiffer(Tensor hiddenStates, Tensor outputWeight, Tensor targetIds, Tensor targetWeights)
    {
        bool fits = hiddenStates.dim() == 2 && outputWeight.dim() == 2 && hiddenStates.shape[1] == outputWeight.shape[1]
            && hiddenStates.dtype == outputWeight.dtype && targetIds.dtype == ScalarType.Int64 && targetWeights.dtype == ScalarType.Float32
            && targetIds.dim() == 1 && targetIds.shape[0] == hiddenStates.shape[0] && targetWeights.dim() == 1 && targetWeights.shape[0] == hiddenStates.shape[0];
        if (!fits)
        {
            throw new ArgumentException(
                $"Expected hidden states [n, hidden] and output weight [vocabulary, hidden] of one dtype, int64 ids [n] and float32 weights [n]; got {Describe(hiddenStates)}, {Describe(outputWeight)}, {Describe(targetIds)}, {Describe(targetWeights)}.");
        }

        static string Describe(Tensor tensor) => $"{tensor.dtype} [{string.Join(", ", tensor.shape)}]";
    }
}
