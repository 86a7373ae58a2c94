using LongAlign.Batching;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>
/// The properties of a model that the trainer needs. A TorchSharp <see cref="nn.Module"/> that is to be trained implements one of the
/// interfaces that extend this one: <see cref="ICausalLanguageModel"/>, <see cref="ILogitsModel"/> or <see cref="IPaddedModel"/>.
/// </summary>
/// <remarks>
/// The trainer calls <c>train()</c> and reads the parameters of the module. Called from one thread. A forward pass returns
/// tensors that the caller owns and leaves no others alive: open a dispose scope inside.
/// </remarks>
public interface ITrainableModel
{
    /// <summary>Token ids run from 0 to this number - 1.</summary>
    int VocabularySize { get; }

    /// <summary>The most positions of one sequence (<c>max_position_embeddings</c>).</summary>
    int MaxPositions { get; }

    /// <summary>The cost of a sequence relative to others; it decides which rank gets which sequences. Null, the default, where it is not known.</summary>
    AttentionCostModel? Cost => null;

    /// <summary>Returns the reason why ranks can't share packs of this model (<see cref="LongAlignTrainerBuilder.UseSequenceParallelism"/>), such as its number of heads.</summary>
    /// <param name="ranks">Ranks that are to share a pack, at least 2.</param>
    /// <returns>The fault and what is expected; null, the default, where no fault is known.</returns>
    string? FindSharingFault(int ranks) => null;

    /// <summary>The dimensions that decide what training takes of memory (<see cref="TrainingFootprint"/>). Null, the default, where they are not known: then nothing warns of too little memory.</summary>
    DecoderDimensions? Dimensions => null;
}
