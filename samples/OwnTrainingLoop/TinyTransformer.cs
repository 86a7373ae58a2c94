using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace OwnTrainingLoop;

/// <summary>One block of a transformer with learned positions, of the kind that knows nothing of packs and takes a dense mask.</summary>
internal sealed class TinyTransformer : nn.Module<Tensor, Tensor, Tensor, Tensor>
{
    private readonly Embedding _tokens;
    private readonly Embedding _positions;
    private readonly LayerNorm _norm;
    private readonly Linear _queryKeyValue;
    private readonly Linear _output;
    private readonly Linear _head;
    private readonly int _heads;

    public TinyTransformer(int vocabulary, int width, int heads, int positions)
        : base(nameof(TinyTransformer))
    {
        _heads = heads;
        _tokens = nn.Embedding(vocabulary, width);
        _positions = nn.Embedding(positions, width);
        _norm = nn.LayerNorm(width);
        _queryKeyValue = nn.Linear(width, 3 * width);
        _output = nn.Linear(width, width);
        _head = nn.Linear(width, vocabulary);
        RegisterComponents();
    }

    /// <summary>Logits [tokens, vocabulary] of token ids and positions [tokens] under an additive mask [tokens, tokens].</summary>
    public override Tensor forward(Tensor inputIds, Tensor positionIds, Tensor mask)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = _tokens.forward(inputIds) + _positions.forward(positionIds); // [tokens, width]
        Tensor[] parts = _queryKeyValue.forward(_norm.forward(hidden)).chunk(3, -1);
        Tensor[] heads = Array.ConvertAll(parts, part => part.view(part.shape[0], _heads, -1).transpose(0, 1).unsqueeze(0)); // [1, heads, tokens, dim]
        Tensor attended = nn.functional.scaled_dot_product_attention(heads[0], heads[1], heads[2], mask);
        hidden += _output.forward(attended.squeeze(0).transpose(0, 1).reshape(hidden.shape));
        return _head.forward(hidden).MoveToOuterDisposeScope();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _tokens.Dispose();
            _positions.Dispose();
            _norm.Dispose();
            _queryKeyValue.Dispose();
            _output.Dispose();
            _head.Dispose();
        }

        base.Dispose(disposing);
    }
}
