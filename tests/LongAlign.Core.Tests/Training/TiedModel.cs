using LongAlign.Attention;
using LongAlign.Collation;
using LongAlign.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Training;

/// <summary>A decoder whose head is its embedding: as two modules that share a parameter, or as one weight that functions use twice.</summary>
internal sealed class TiedModel : nn.Module, ICausalLanguageModel
{
    private readonly Embedding? _embedding;
    private readonly Linear? _head;
    private readonly Parameter? _weight;
    private readonly Parameter _positions;

    public TiedModel(bool hasModules, ScalarType dtype = ScalarType.Float32)
        : base(nameof(TiedModel))
    {
        using Generator generator = new(7);
        Parameter weight = new(randn(VocabularySize, 8, generator: generator).to(dtype));
        _positions = new Parameter(randn(MaxPositions, 8, generator: generator).to(dtype));
        if (hasModules)
        {
            _embedding = nn.Embedding(VocabularySize, 8);
            _embedding.weight = weight;
            _head = nn.Linear(8, VocabularySize, hasBias: false);
            _head.weight = _embedding.weight;
        }
        else
        {
            _weight = weight;
        }

        RegisterComponents();
    }

    public int VocabularySize => 13;

    public int MaxPositions => 64;

    public Tensor Weight => _weight ?? _head!.weight!;

    public Tensor GetHiddenStates(Tensor inputIds, Tensor positionIds, PackLayout layout)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor embedded = _embedding?.forward(inputIds) ?? _weight!.index_select(0, inputIds);
        Tensor hidden = embedded + _positions.index_select(0, positionIds);
        Tensor heads = hidden.view(hidden.shape[0], 2, -1);
        return (hidden + BlockDiagonalAttention.Forward(heads, heads, heads, layout).reshape(hidden.shape)).MoveToOuterDisposeScope();
    }

    public Tensor GetLogits(Tensor hiddenStates) => _head?.forward(hiddenStates) ?? nn.functional.linear(hiddenStates, _weight!);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _embedding?.Dispose();
            _head?.Dispose();
        }

        base.Dispose(disposing);
    }
}
