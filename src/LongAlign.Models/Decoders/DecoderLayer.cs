using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Models.Decoders;

/// <summary>Attention and feed-forward beside a residual; norms stand before and behind each where the family has them.</summary>
internal sealed class DecoderLayer : nn.Module
{
    private readonly double _residualScale;
    private readonly SelfAttention _attention;
    private readonly nn.Module<Tensor, Tensor> _feedForward;
    private readonly Norm? _attentionNorm;
    private readonly Norm? _attentionOutputNorm;
    private readonly Norm? _feedForwardNorm;
    private readonly Norm? _feedForwardOutputNorm;

    public DecoderLayer(DecoderDescription decoder, int layer, ScalarType dtype, Device device)
        : base(nameof(DecoderLayer))
    {
        _residualScale = decoder.ResidualScale;
        _attention = new SelfAttention(decoder, layer, dtype, device);
        register_module(decoder.Names.Attention, _attention);
        _feedForward = decoder.HasExperts(layer) ? new SparseFeedForward(decoder, dtype, device) : new FeedForward(decoder, decoder.IntermediateSize, dtype, device);
        register_module(decoder.Names.FeedForward, _feedForward);
        _attentionNorm = MakeNorm(decoder.Names.AttentionNorm);
        _attentionOutputNorm = MakeNorm(decoder.Names.AttentionOutputNorm);
        _feedForwardNorm = MakeNorm(decoder.Names.FeedForwardNorm);
        _feedForwardOutputNorm = MakeNorm(decoder.Names.FeedForwardOutputNorm);

        Norm? MakeNorm(string? name)
        {
            if (name is null)
            {
                return null;
            }

            Norm norm = new(decoder.HiddenSize, decoder, dtype, device);
            register_module(name, norm);
            return norm;
        }
    }

    /// <summary>The experts; null where the layer has none.</summary>
    public SparseFeedForward? Experts => _feedForward as SparseFeedForward;

    public Tensor Forward(Tensor hidden, RotaryEmbedding? rotary, IAttention attention)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor attended = hidden + Scaled(Normed(_attention.Forward(Normed(hidden, _attentionNorm), rotary, attention), _attentionOutputNorm));
        return (attended + Scaled(Normed(_feedForward.forward(Normed(attended, _feedForwardNorm)), _feedForwardOutputNorm))).MoveToOuterDisposeScope();
    }

    private Tensor Scaled(Tensor tensor) => _residualScale == 1 ? tensor : tensor * _residualScale;

    private static Tensor Normed(Tensor tensor, Norm? norm) => norm?.forward(tensor) ?? tensor;
}
