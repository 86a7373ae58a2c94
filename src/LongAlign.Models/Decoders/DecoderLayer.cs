using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Models.Decoders;

/// <summary>Attention and feed-forward, each behind a norm and beside a residual.</summary>
internal sealed class DecoderLayer : nn.Module
{
    private readonly SelfAttention _attention;
    private readonly FeedForward _feedForward;
    private readonly RootMeanSquareNorm _attentionNorm;
    private readonly RootMeanSquareNorm _feedForwardNorm;

    public DecoderLayer(DecoderDescription decoder, int layer, ScalarType dtype, Device device)
        : base(nameof(DecoderLayer))
    {
        _attention = new SelfAttention(decoder, layer, dtype, device);
        register_module(decoder.Names.Attention, _attention);
        _feedForward = new FeedForward(decoder, dtype, device);
        register_module(decoder.Names.FeedForward, _feedForward);
        _attentionNorm = new RootMeanSquareNorm(decoder.HiddenSize, decoder.NormEpsilon, dtype, device);
        register_module(decoder.Names.AttentionNorm, _attentionNorm);
        _feedForwardNorm = new RootMeanSquareNorm(decoder.HiddenSize, decoder.NormEpsilon, dtype, device);
        register_module(decoder.Names.FeedForwardNorm, _feedForwardNorm);
    }

    public Tensor Forward(Tensor hidden, RotaryEmbedding rotary, IAttention attention)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor attended = hidden + _attention.Forward(_attentionNorm.forward(hidden), rotary, attention);
        return (attended + _feedForward.forward(_feedForwardNorm.forward(attended))).MoveToOuterDisposeScope();
    }
}
