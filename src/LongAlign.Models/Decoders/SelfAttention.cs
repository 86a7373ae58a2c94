using LongAlign.Attention;
using LongAlign.Collation;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Models.Llama;

/// <summary>Grouped-query attention with rotary positions, inside each sequence of a batch.</summary>
internal sealed class LlamaAttention : nn.Module
{
    private readonly Projection _query;
    private readonly Projection _key;
    private readonly Projection _value;
    private readonly Projection _output;
    private readonly int _headDim;

    public LlamaAttention(LlamaConfig config, ScalarType dtype, Device device)
        : base(nameof(LlamaAttention))
    {
        _headDim = config.HeadWidth;
        int queryWidth = config.HeadCount * _headDim;
        int keyWidth = config.KeyValueHeads * _headDim;
        _query = Register("q_proj", config.HiddenSize, queryWidth);
        _key = Register("k_proj", config.HiddenSize, keyWidth);
        _value = Register("v_proj", config.HiddenSize, keyWidth);
        _output = Register("o_proj", queryWidth, config.HiddenSize);

        Projection Register(string name, int inputs, int outputs)
        {
            Projection projection = new(inputs, outputs, dtype, device);
            register_module(name, projection);
            return projection;
        }
    }

    public Tensor Forward(Tensor hidden, RotaryEmbedding rotary, PackLayout layout)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor query = rotary.Rotate(Heads(_query)); // [tokens, heads, head_dim]
        Tensor key = rotary.Rotate(Heads(_key));     // [tokens, kv_heads, head_dim]
        Tensor attended = BlockDiagonalAttention.Forward(query, key, Heads(_value), layout);
        return _output.forward(attended.flatten(1)).MoveToOuterDisposeScope();

        Tensor Heads(Projection projection) => projection.forward(hidden).view(hidden.shape[0], -1, _headDim);
    }
}
