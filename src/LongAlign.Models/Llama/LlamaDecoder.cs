using LongAlign.Collation;
using LongAlign.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Models.Llama;

/// <summary>Embedding, layers and the last norm.</summary>
internal sealed class LlamaDecoder : nn.Module
{
    private readonly LlamaConfig _config;
    private readonly TokenEmbedding _embedding;
    private readonly LlamaLayer[] _layers;
    private readonly RootMeanSquareNorm _norm;

    public LlamaDecoder(LlamaConfig config, ScalarType dtype, Device device)
        : base(nameof(LlamaDecoder))
    {
        _config = config;
        _embedding = new TokenEmbedding(config.VocabularySize, config.HiddenSize, dtype, device);
        register_module("embed_tokens", _embedding);
        _layers = [.. Enumerable.Range(0, config.LayerCount).Select(_ => new LlamaLayer(config, dtype, device))];
        register_module("layers", nn.ModuleList<nn.Module>([.. _layers]));
        _norm = new RootMeanSquareNorm(config.HiddenSize, config.NormEpsilon, dtype, device);
        register_module("norm", _norm);
    }

    /// <summary>[vocabulary, hidden].</summary>
    public Parameter Embedding => _embedding.Weight;

    public Tensor Forward(Tensor inputIds, Tensor positionIds, PackLayout layout, bool gradientCheckpointing)
    {
        using DisposeScope scope = NewDisposeScope();
        RotaryEmbedding rotary = RotaryEmbedding.At(positionIds, _config.HeadWidth, _config.RopeTheta, Embedding.dtype);
        Tensor hidden = _embedding.forward(inputIds); // [tokens, hidden]
        foreach (LlamaLayer layer in _layers)
        {
            hidden = gradientCheckpointing
                ? GradientCheckpoint.Run(inputs => layer.Forward(inputs[0], new RotaryEmbedding(inputs[1], inputs[2]), layout), hidden, rotary.Cos, rotary.Sin)
                : layer.Forward(hidden, rotary, layout);
        }

        return _norm.forward(hidden).MoveToOuterDisposeScope();
    }
}
