using LongAlign.Collation;
using LongAlign.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Training;

/// <summary>The toy model, but for its hidden states.</summary>
internal sealed class LogitsToyModel : nn.Module, ILogitsModel
{
    private readonly ToyModel _inner;

    public LogitsToyModel(ToyModel inner)
        : base(nameof(LogitsToyModel))
    {
        _inner = inner;
        RegisterComponents();
    }

    public int VocabularySize => _inner.VocabularySize;

    public int MaxPositions => _inner.MaxPositions;

    public Tensor GetLogits(Tensor inputIds, Tensor positionIds, PackLayout layout)
    {
        using DisposeScope scope = NewDisposeScope();
        return _inner.GetLogits(_inner.GetHiddenStates(inputIds, positionIds, layout)).MoveToOuterDisposeScope();
    }
}
