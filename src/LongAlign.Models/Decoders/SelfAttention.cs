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
    private readonly QueryKeyNorm _normed;
    private readonly Norm? _queryNorm;
    private readonly Norm? _keyNorm;
    private readonly AttentionOptions _options;

    public SelfAttention(DecoderDescription decoder, int layer, ScalarType dtype, Device device)
        : base(nameof(SelfAttention))
    {
        _layer = layer;
        _headDim = decoder.HeadDim;
        _options = AttentionOptions.Default with { Window = decoder.Windows[layer], Scale = decoder.AttentionScale, SoftCap = decoder.AttentionSoftCap };
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
        _normed = decoder.QueryKeyNorm;
        if (_normed != QueryKeyNorm.None)
        {
            _queryNorm = new Norm(_normed == QueryKeyNorm.Head ? _headDim : queryWidth, decoder, dtype, device);
            register_module(decoder.Names.QueryNorm, _queryNorm);
            _keyNorm = new Norm(_normed == QueryKeyNorm.Head ? _headDim : keyWidth, decoder, dtype, device);
            register_module(decoder.Names.KeyNorm, _keyNorm);
        }
    }

    public Tensor Forward(Tensor hidden, RotaryEmbedding? rotary, IAttention attention)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] projected = _inputs is [Projection all] ? all.forward(hidden).split(_widths, -1) : [.. _inputs.Select(input => input.forward(hidden))];
        Tensor query = Heads(projected[0], _queryNorm);
        Tensor key = Heads(projected[1], _keyNorm);
        Tensor attended = attention.Attend(_layer, rotary?.RotateQuery(query) ?? query, rotary?.Rotate(key) ?? key, Heads(projected[2], null), _options);
        return _output.forward(attended.flatten(1)).MoveToOuterDisposeScope();
    }

    /// <summary>[tokens, heads or kv_heads, head_dim], normed if the family does.</summary>
    private Tensor Heads(Tensor tensor, Norm? norm)
    {
        Tensor heads = (norm is not null && _normed == QueryKeyNorm.Width ? norm.forward(tensor) : tensor).view(tensor.shape[0], -1, _headDim);
        return norm is not null && _normed == QueryKeyNorm.Head ? norm.forward(heads) : heads;
    }
}
