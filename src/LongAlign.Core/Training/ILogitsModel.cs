using LongAlign.Collation;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>A decoder that gives logits at once and hides its hidden states; it takes packs as <see cref="ICausalLanguageModel"/> does.</summary>
/// <remarks>The logits of all tokens exist in training, those of the prompt too: 4 x tokens x vocabulary bytes in float32, and as much for their gradient.</remarks>
public interface ILogitsModel : ITrainableModel
{
    /// <summary>Logits of every token.</summary>
    /// <param name="inputIds">Token ids, int64 [tokens].</param>
    /// <param name="positionIds">Positions, int64 [tokens], from 0 in every sequence.</param>
    /// <param name="layout">Where the sequences lie; a token attends to tokens of its own sequence only.</param>
    /// <returns>[tokens, vocabulary], in the model's dtype; the caller owns it.</returns>
    Tensor GetLogits(Tensor inputIds, Tensor positionIds, PackLayout layout);
}
