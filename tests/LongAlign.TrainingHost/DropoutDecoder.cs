using LongAlign.Attention;
using LongAlign.Collation;
using LongAlign.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.TrainingHost;

/// <summary>
/// A decoder with all that makes resuming hard: dropout, a buffer, and a parameter that gets no gradient before a rare token comes.
/// </summary>
public sealed class DropoutDecoder : nn.Module, ICausalLanguageModel
{
    /// <summary>The token that brings the rare parameter in.</summary>
    public const int RareToken = 12;

    private readonly Parameter _embedding;
    private readonly Parameter _positions;
    private readonly Parameter _head;
    private readonly Parameter _rare;
    private readonly Tensor _scale;

    public DropoutDecoder(int vocabulary = 13, int width = 8)
        : base(nameof(DropoutDecoder))
    {
        using Generator generator = new(7);
        _embedding = new Parameter(randn(vocabulary, width, generator: generator));
        _positions = new Parameter(randn(64, width, generator: generator));
        _head = new Parameter(randn(vocabulary, width, generator: generator));
        _rare = new Parameter(randn(width, generator: generator));
        _scale = ones(width);
        VocabularySize = vocabulary;
        register_parameter("embedding", _embedding);
        register_parameter("positions", _positions);
        register_parameter("head", _head);
        register_parameter("rare", _rare);
        register_buffer("scale", _scale);
    }

    public int VocabularySize { get; }

    public int MaxPositions => 64;

    /// <summary>Called before each forward pass, with its number from 1.</summary>
    public Action<int>? Forwarding { get; set; }

    /// <summary>A factor of the hidden states; not saved.</summary>
    public double Factor { get; set; } = 1;

    public Tensor Scale => _scale;

    private int Forwards { get; set; }

    public Tensor GetHiddenStates(Tensor inputIds, Tensor positionIds, PackLayout layout)
    {
        Forwarding?.Invoke(++Forwards);
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = _embedding.index_select(0, inputIds) + _positions.index_select(0, positionIds);
        if (inputIds.eq(RareToken).any().ToBoolean())
        {
            hidden = hidden + _rare;
        }

        Tensor heads = hidden.view(hidden.shape[0], 2, -1);
        Tensor attention = BlockDiagonalAttention.Forward(heads, heads, heads, layout).reshape(hidden.shape);
        Tensor dropped = nn.functional.dropout(attention, 0.3, training);
        return ((hidden + dropped) * _scale * Factor).MoveToOuterDisposeScope();
    }

    public Tensor GetLogits(Tensor hiddenStates) => nn.functional.linear(hiddenStates, _head);
}
