using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>The module of a piece, and who is told when it is computed: on CUDA another thread computes it again.</summary>
internal sealed record ObservedPiece(nn.Module Module, IPieceObserver Observer)
{
    public void Begin() => Observer.Begin(Module);

    public void End(bool isBackward) => Observer.End(Module, isBackward);
}
