using LongAlign.Attention;
using LongAlign.Collation;
using LongAlign.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Training;

/// <summary>The smallest decoder with attention: ids and positions in, logits out.</summary>
internal sealed class ToyModel : nn.Module, ICausalLanguageModel
{
    private readonly Parameter _embedding;
    private readonly Parameter _positions;
    private readonly Parameter _head;

    private readonly bool _showsHead;
    private int _passes;

    public ToyModel(int vocabulary = 13, int width = 8, int positions = 64, ScalarType dtype = ScalarType.Float32, bool showsHead = true)
        : base(nameof(ToyModel))
    {
        using Generator generator = new(7);
        _embedding = new Parameter(randn(vocabulary, width, generator: generator).to(dtype));
        _positions = new Parameter(randn(positions, width, generator: generator).to(dtype));
        _head = new Parameter(randn(vocabulary, width, generator: generator).to(dtype));
        VocabularySize = vocabulary;
        MaxPositions = positions;
        _showsHead = showsHead;
        RegisterComponents();
    }

    /// <summary>The forward pass, from 0, that gives what is not a number.</summary>
    public int? PoisonedStep { get; set; }

    public int VocabularySize { get; }

    public int MaxPositions { get; }

    public DecoderDimensions? Dimensions { get; init; }

    public Tensor? OutputWeight => _showsHead ? _head : null;

    public Tensor GetHiddenStates(Tensor inputIds, Tensor positionIds, PackLayout layout)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = _embedding.index_select(0, inputIds) + _positions.index_select(0, positionIds);
        Tensor heads = hidden.view(hidden.shape[0], 2, -1);
        hidden = _passes++ == PoisonedStep ? hidden * float.NaN : hidden;
        return (hidden + BlockDiagonalAttention.Forward(heads, heads, heads, layout).reshape(hidden.shape)).MoveToOuterDisposeScope();
    }

    public Tensor GetLogits(Tensor hiddenStates) => nn.functional.linear(hiddenStates, _head);
}
