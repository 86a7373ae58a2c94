using LongAlign.Attention;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Models.Decoders;

/// <summary>Grouped-query attention with rotary positions.</summary>
internal sealed class SelfAttention : nn.Module
{
    private readonly int _layer;
    private readonly int _headDim;
    private readonly long[] _widths;
    private readonly Projection[] _inputs;
    private readonly Projection _output;
    private readonly RootMeanSquareNorm? _queryNorm;
    private readonly RootMeanSquareNorm? _keyNorm;
    private readonly AttentionOptions _options;

    public SelfAttention(DecoderDescription decoder, int layer, ScalarType dtype, Device device)
        : base(nameof(SelfAttention))
    {
        _layer = layer;
        _headDim = decoder.HeadDim;
        _options = AttentionOptions.Default with { Window = decoder.Windows[layer] };
        long queryWidth = (long)decoder.HeadCount * _headDim;
        long keyWidth = (long)decoder.KeyValueHeadCount * _headDim;
        _widths = [queryWidth, keyWidth, keyWidth];
        IReadOnlyList<string> names = decoder.Names.AttentionInputs;
        long[] outputs = names.Count == 1 ? [_widths.Sum()] : _widths;
        _inputs = [.. outputs.Select(width => new Projection(decoder.HiddenSize, width, decoder.AttentionInputBias, dtype, device))];
        for (int i = 0; i < names.Count; i++)
        {
            register_module(names[i], _inputs[i]);
        }

        _output = new Projection(queryWidth, decoder.HiddenSize, decoder.AttentionOutputBias, dtype, device);
        register_module(decoder.Names.AttentionOutput, _output);
        if (decoder.QueryKeyNorm)
        {
            _queryNorm = new RootMeanSquareNorm(_headDim, decoder.NormEpsilon, dtype, device);
            register_module(decoder.Names.QueryNorm, _queryNorm);
            _keyNorm = new RootMeanSquareNorm(_headDim, decoder.NormEpsilon, dtype, device);
            register_module(decoder.Names.KeyNorm, _keyNorm);
        }
    }

    public Tensor Forward(Tensor hidden, RotaryEmbedding rotary, IAttention attention)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] projected = _inputs is [Projection all] ? all.forward(hidden).split(_widths, -1) : [.. _inputs.Select(input => input.forward(hidden))];
        Tensor[] heads = [.. projected.Select(tensor => tensor.view(tensor.shape[0], -1, _headDim))]; // [tokens, heads or kv_heads, head_dim]
        Tensor query = rotary.Rotate(_queryNorm?.forward(heads[0]) ?? heads[0]);
        Tensor key = rotary.Rotate(_keyNorm?.forward(heads[1]) ?? heads[1]);
        return _output.forward(attention.Attend(_layer, query, key, heads[2], _options).flatten(1)).MoveToOuterDisposeScope();
    }
}
