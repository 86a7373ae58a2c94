using LongAlign.Attention;
using LongAlign.Models.Decoders;
using static TorchSharp.torch;

namespace LongAlign.Models.Generation;

/// <summary>Keys and values of one sequence in every layer; owns its tensors.</summary>
internal sealed class SequenceCache : IDisposable
{
    private readonly DecoderDescription _decoder;
    private readonly LayerCache[] _keys;
    private readonly LayerCache[] _values;

    public SequenceCache(DecoderDescription decoder, ScalarType dtype, Device device)
    {
        _decoder = decoder;
        _keys = [.. decoder.Windows.Select(MakeLayer)];
        _values = [.. decoder.Windows.Select(MakeLayer)];

        LayerCache MakeLayer(int? window) => new(decoder.KeyValueHeadCount, decoder.HeadDim, window, decoder.MaxPositions, dtype, device);
    }

    /// <summary>Tokens whose keys and values have been through all layers.</summary>
    public int Length { get; set; }

    /// <summary>Tokens that there is room for in the largest layer and in the smallest.</summary>
    public (long Most, long Least) Capacity => (_keys.Max(layer => layer.Capacity), _keys.Min(layer => layer.Capacity));

    /// <summary>Writes keys and values behind those of earlier passes.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="key">[tokens, kv_heads, head_dim].</param>
    /// <param name="value">[tokens, kv_heads, head_dim].</param>
    public void Append(int layer, Tensor key, Tensor value)
    {
        _keys[layer].Append(key);
        _values[layer].Append(value);
    }

    /// <summary>Attention of one new token, whose key has been appended, to the whole sequence or to a window of it.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="query">[heads, head_dim].</param>
    /// <param name="options">With scale and soft cap; the window is the layer's.</param>
    /// <returns>[1, heads, head_dim]; left, with what was made on the way, to the scope of the caller.</returns>
    public Tensor Attend(int layer, Tensor query, AttentionOptions options)
    {
        (Tensor keys, Tensor values) = (_keys[layer].Seen(), _values[layer].Seen());

        // The query heads that share a key head are rows of one product: all look at the same tokens.
        Tensor queries = query.view(1, _decoder.KeyValueHeadCount, -1, _decoder.HeadDim);
        Tensor scaled = options.Scale is { } scale ? queries * (scale * Math.Sqrt(_decoder.HeadDim)) : queries; // the kernel divides by the root
        Tensor attended = options.SoftCap is { } cap
            ? Capped(scaled, keys, cap).matmul(values)
            : nn.functional.scaled_dot_product_attention(scaled, keys, values);
        return attended.reshape(1, _decoder.HeadCount, _decoder.HeadDim);
    }

    public void Dispose()
    {
        foreach (LayerCache layer in _keys.Concat(_values))
        {
            layer.Dispose();
        }
    }

    private Tensor Capped(Tensor queries, Tensor keys, double cap)
    {
        Tensor scores = queries.matmul(keys.transpose(-1, -2)).to(WideDtype.Of(queries.dtype)) / (cap * Math.Sqrt(_decoder.HeadDim));
        return (scores.tanh() * cap).softmax(-1).to(queries.dtype);
    }
}
