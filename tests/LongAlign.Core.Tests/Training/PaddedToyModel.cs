using LongAlign.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Training;

/// <summary>The toy model as others would write it: padded rows and a mask.</summary>
internal sealed class PaddedToyModel : nn.Module, IPaddedModel
{
    private readonly ToyModel _weights;

    public PaddedToyModel(ToyModel weights)
        : base(nameof(PaddedToyModel))
    {
        _weights = weights;
        RegisterComponents();
    }

    /// <summary>Logits that the model leaves out.</summary>
    public int MissingLogits { get; init; }

    /// <summary>Rows, width and tokens of each forward pass.</summary>
    public List<(long Rows, long Width, long Tokens)> Seen { get; } = [];

    public int VocabularySize => _weights.VocabularySize;

    public int MaxPositions => _weights.MaxPositions;

    public Tensor GetLogits(Tensor inputIds, Tensor attentionMask)
    {
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Parameter> weights = _weights.named_parameters().ToDictionary(named => named.name, named => named.parameter);
        (long rows, long width) = (inputIds.shape[0], inputIds.shape[1]);
        Seen.Add((rows, width, attentionMask.sum().ToInt64()));
        Tensor embedded = weights["_embedding"].index_select(0, inputIds.flatten()).view(rows, width, -1);
        Tensor hidden = (embedded + weights["_positions"][..(int)width]) * attentionMask.unsqueeze(-1);
        Tensor heads = hidden.view(rows, width, 2, -1).transpose(1, 2);
        Tensor allowed = ones(width, width, ScalarType.Bool).tril().logical_and(attentionMask.unsqueeze(1)).unsqueeze(1);
        Tensor attended = nn.functional.scaled_dot_product_attention(heads, heads, heads, allowed).transpose(1, 2).reshape(hidden.shape);
        Tensor logits = nn.functional.linear(hidden + attended, weights["_head"]);
        return logits[.., .., ..(VocabularySize - MissingLogits)].MoveToOuterDisposeScope();
    }
}
