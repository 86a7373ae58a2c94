using LongAlign.Models.Decoders;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Models.Generation;

/// <summary>Keys and values of one sequence in every layer, [kv_heads, capacity, head_dim] each. Grows by doubling; owns its tensors.</summary>
internal sealed class SequenceCache(DecoderDescription decoder, ScalarType dtype, Device device) : IDisposable
{
    private const int LeastCapacity = 16;

    private readonly Tensor?[] _keys = new Tensor?[decoder.LayerCount];
    private readonly Tensor?[] _values = new Tensor?[decoder.LayerCount];

    /// <summary>Tokens whose keys and values are in all layers.</summary>
    public int Length { get; set; }

    /// <summary>Writes keys and values behind those of earlier passes.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="key">[tokens, kv_heads, head_dim].</param>
    /// <param name="value">[tokens, kv_heads, head_dim].</param>
    public void Append(int layer, Tensor key, Tensor value)
    {
        Write(ref _keys[layer], key);
        Write(ref _values[layer], value);
    }

    /// <summary>Attention of one new token, whose key has been appended, to the whole sequence or to a window of it.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="query">[heads, head_dim].</param>
    /// <param name="window">The window in tokens.</param>
    /// <returns>[1, heads, head_dim]; left, with what was made on the way, to the scope of the caller.</returns>
    public Tensor Attend(int layer, Tensor query, int? window)
    {
        int end = Length + 1;
        int begin = Math.Max(0, end - (window ?? end));
        Tensor keys = _keys[layer]!.narrow(1, begin, end - begin).unsqueeze(0);
        Tensor values = _values[layer]!.narrow(1, begin, end - begin).unsqueeze(0);

        // The query heads that share a key head are rows of one product: all look at the same tokens.
        Tensor queries = query.view(1, decoder.KeyValueHeadCount, -1, decoder.HeadDim);
        return nn.functional.scaled_dot_product_attention(queries, keys, values).reshape(1, decoder.HeadCount, decoder.HeadDim);
    }

    public void Dispose()
    {
        foreach (Tensor? tensor in _keys.Concat(_values))
        {
            tensor?.Dispose();
        }
    }

    private void Write(ref Tensor? memory, Tensor tokens)
    {
        using DisposeScope scope = NewDisposeScope();
        long needed = Length + tokens.shape[0];
        if (memory is null || memory.shape[1] < needed)
        {
            long capacity = Math.Max(needed, Math.Min(decoder.MaxPositions, Math.Max(LeastCapacity, 2L * Length)));
            Tensor larger = empty([decoder.KeyValueHeadCount, capacity, decoder.HeadDim], dtype, device).DetachFromDisposeScope();
            if (memory is not null)
            {
                larger.narrow(1, 0, Length).copy_(memory.narrow(1, 0, Length));
                memory.Dispose();
            }

            memory = larger;
        }

        memory.narrow(1, Length, tokens.shape[0]).copy_(tokens.transpose(0, 1));
    }
}
