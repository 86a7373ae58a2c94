using LongAlign.Collation;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>A decoder that gives logits at once and hides its hidden states; it takes packs as <see cref="ICausalLanguageModel"/> does.</summary>
/// <remarks>The logits of all tokens exist in training, those of the prompt too: 4 x tokens x vocabulary bytes in float32, and as much for their gradient.</remarks>
/// <example>
/// <code>
/// // A bigram model: what it predicts depends on the last token alone.
/// public sealed class Bigram : nn.Module, ILogitsModel
/// {
///     private readonly TorchSharp.Modules.Embedding _table = nn.Embedding(32_000, 32_000);
///
///     public Bigram()
///         : base("bigram") => RegisterComponents();
///
///     public int VocabularySize => 32_000;
///
///     public int MaxPositions => int.MaxValue;
///
///     public Tensor GetLogits(Tensor inputIds, Tensor positionIds, PackLayout layout) => _table.forward(inputIds);
/// }
/// </code>
/// </example>
public interface ILogitsModel : ITrainableModel
{
    /// <summary>Logits of every token.</summary>
    /// <param name="inputIds">Token ids, int64 [tokens].</param>
    /// <param name="positionIds">Positions, int64 [tokens], from 0 in every sequence.</param>
    /// <param name="layout">The places of the sequences; a token attends within its own sequence only.</param>
    /// <returns>[tokens, vocabulary], in the model's dtype; the caller owns it.</returns>
    Tensor GetLogits(Tensor inputIds, Tensor positionIds, PackLayout layout);
}
