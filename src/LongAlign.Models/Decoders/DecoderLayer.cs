using LongAlign.Collation;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Models.Llama;

/// <summary>Attention and feed-forward, each behind a norm and beside a residual.</summary>
internal sealed class LlamaLayer : nn.Module
{
    private readonly RootMeanSquareNorm _attentionNorm;
    private readonly LlamaAttention _attention;
    private readonly RootMeanSquareNorm _feedForwardNorm;
    private readonly LlamaFeedForward _feedForward;

    public LlamaLayer(LlamaConfig config, ScalarType dtype, Device device)
        : base(nameof(LlamaLayer))
    {
        _attention = new LlamaAttention(config, dtype, device);
        register_module("self_attn", _attention);
        _feedForward = new LlamaFeedForward(config, dtype, device);
        register_module("mlp", _feedForward);
        _attentionNorm = new RootMeanSquareNorm(config.HiddenSize, config.NormEpsilon, dtype, device);
        register_module("input_layernorm", _attentionNorm);
        _feedForwardNorm = new RootMeanSquareNorm(config.HiddenSize, config.NormEpsilon, dtype, device);
        register_module("post_attention_layernorm", _feedForwardNorm);
    }

    public Tensor Forward(Tensor hidden, RotaryEmbedding rotary, PackLayout layout)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor attended = hidden + _attention.Forward(_attentionNorm.forward(hidden), rotary, layout);
        return (attended + _feedForward.forward(_feedForwardNorm.forward(attended))).MoveToOuterDisposeScope();
    }
}
