using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>
/// A decoder with an ordinary attention mask: rows of one sequence each, padded on the right. It goes with
/// <see cref="LongAlignTrainerBuilder.UseSortedBatching"/> and <see cref="LongAlignTrainerBuilder.UseNaiveBatching"/>; it can't take packs.
/// </summary>
/// <remarks>The logits of all tokens exist in training, padding included: 4 x rows x width x vocabulary bytes in float32, and as much for their gradient.</remarks>
public interface IPaddedModel : ITrainableModel
{
    /// <summary>Logits of every token. A token attends to itself and to those before it in its row; positions count from 0 in every row.</summary>
    /// <param name="inputIds">Token ids, int64 [rows, width]; 0 in padding.</param>
    /// <param name="attentionMask">True on tokens, false in padding; bool [rows, width].</param>
    /// <returns>[rows, width, vocabulary], in the model's dtype; the caller owns it. What stands in padding does not matter.</returns>
    Tensor GetLogits(Tensor inputIds, Tensor attentionMask);
}
