using LongAlign.Collation;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>
/// A decoder that gives its hidden states, so that logits are made of tokens with a target alone: the least memory and work of the three
/// kinds of <see cref="ITrainableModel"/>.
/// </summary>
public interface ICausalLanguageModel : ITrainableModel
{
    /// <summary>
    /// The weight of the vocabulary projection, [vocabulary, hidden], where <see cref="GetLogits"/> is the product of hidden states
    /// and this weight and nothing else; null, the default, otherwise.
    /// </summary>
    /// <value>With a weight, training takes projection and loss in one (<see cref="Losses.FusedLinearCrossEntropy"/>) and never holds the logits.</value>
    Tensor? OutputWeight => null;

    /// <summary>
    /// The module that <see cref="OutputWeight"/> is a parameter of; null, the default, where it stays on every rank. With a module,
    /// <see cref="Distributed.Sharding.Parameters"/> has the weight on a rank only while the loss is computed.
    /// </summary>
    /// <value>Other readers of the weight, such as a tied embedding, read it within <see cref="GradientCheckpoint.RunWhereSharded"/>.</value>
    nn.Module? OutputModule => null;

    /// <summary>Hidden states after the last norm, before the vocabulary projection.</summary>
    /// <param name="inputIds">Token ids, int64 [tokens].</param>
    /// <param name="positionIds">Positions, int64 [tokens], from 0 in every sequence.</param>
    /// <param name="layout">The places of the sequences; a token attends within its own sequence only.</param>
    /// <returns>[tokens, hidden], in the model's dtype; the caller owns it.</returns>
    Tensor GetHiddenStates(Tensor inputIds, Tensor positionIds, PackLayout layout);

    /// <summary>The vocabulary projection of hidden states, of all tokens or of those with a target alone.</summary>
    /// <param name="hiddenStates">[n, hidden].</param>
    /// <returns>Logits [n, vocabulary], in the model's dtype; the caller owns them.</returns>
    Tensor GetLogits(Tensor hiddenStates);
}
