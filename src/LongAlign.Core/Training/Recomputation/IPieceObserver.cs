using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>Is told when a piece of a model is computed: it brings the piece's weights and takes its gradients away (sharded training).</summary>
internal interface IPieceObserver
{
    /// <summary>Before the piece is computed, for the first time or again.</summary>
    void Begin(nn.Module piece);

    /// <summary>After that; of a backward pass with all its gradients.</summary>
    void End(nn.Module piece, bool isBackward);
}
