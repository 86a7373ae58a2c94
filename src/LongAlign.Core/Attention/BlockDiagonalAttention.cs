using LongAlign.Collation;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Attention;

/// <summary>
/// Attention of a batch of sequences laid one after another, each token attending to its own sequence only (section 3.2 of the
/// paper). Equals attention of every sequence alone; time and memory grow with the sequences, never with tokens x tokens.
/// </summary>
/// <example>
/// <code>
/// PackLayout layout = new([0, 3, 5]);    // sequences of 3 and 2 tokens
/// Tensor query = randn(5, 8, 64);    // 8 heads
/// (Tensor key, Tensor value) = (randn(5, 2, 64), randn(5, 2, 64));    // 2 heads, each for 4 of the queries
/// Tensor output = BlockDiagonalAttention.Forward(query, key, value, layout); // [5, 8, 64]
/// </code>
/// </example>
public static class BlockDiagonalAttention
{
    /// <summary>softmax(scale * q k^T) v inside each sequence, with gradients.</summary>
    /// <param name="query">[tokens, heads, head_dim], float32, float16, bfloat16 or, on the CPU, float64.</param>
    /// <param name="key">[tokens, kv_heads, head_dim]; query head h reads head h / (heads / kv_heads).</param>
    /// <param name="value">[tokens, kv_heads, head_dim].</param>
    /// <param name="layout">
    /// Where the sequences lie; rows of its padding come out as zeros. Where ranks share the pack (<see cref="PackLayout.Part"/>), tokens are those of this
    /// rank, heads have to be a multiple of the ranks, and all these ranks have to make the call.
    /// </param>
    /// <param name="options">Causality, scale, window, soft cap and backend; <see cref="AttentionOptions.Default"/> by default.</param>
    /// <returns>[tokens, heads, head_dim], in the dtype of <paramref name="query"/>; the caller owns it.</returns>
    /// <exception cref="ArgumentException">
    /// Shapes, dtypes or devices do not go together or do not fit the layout, or an option is out of range; the message has both sides.
    /// </exception>
    /// <exception cref="NotSupportedException">The backend of the options can't run on these tensors; the message says why.</exception>
    public static Tensor Forward(Tensor query, Tensor key, Tensor value, PackLayout layout, AttentionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(layout);
        options ??= AttentionOptions.Default;
        ThrowIfDifferent(query, key, value, layout);
        AttentionBackend backend = ChooseBackend(query.device, query.dtype, (int)query.shape[2], options);
        if (layout.Part is { } part)
        {
            return SharedAttention.Forward(query, key, value, part, options);
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor[] real = layout.PaddingCount == 0
            ? [query, key, value]
            : [.. new[] { query, key, value }.Select(tensor => tensor.narrow(0, 0, layout.CuSeqLens[^1]))];
        Tensor output = backend switch
        {
            AttentionBackend.FlashVarlen => VarlenAttention.Flash(real[0], real[1], real[2], layout, options),
            AttentionBackend.EfficientVarlen => VarlenAttention.Efficient(real[0], real[1], real[2], layout, options),
            AttentionBackend.DenseMask => MaskedAttention.Forward(real[0], real[1], real[2], layout, options),
            _ when options.SoftCap is not null => CappedAttention.Run(real[0], real[1], real[2], layout, options),
            _ when query.device_type == DeviceType.CPU => TiledAttention.Run(real[0], real[1], real[2], layout, options),
            _ => MaskedAttention.ForwardEach(real[0], real[1], real[2], layout, options),
        };
        return (layout.PaddingCount == 0 ? output : nn.functional.pad(output, [0, 0, 0, 0, 0, layout.PaddingCount])).MoveToOuterDisposeScope();
    }

    /// <summary>The backend that <see cref="Forward"/> takes.</summary>
    /// <param name="device">The device of the tensors.</param>
    /// <param name="dtype">Their dtype.</param>
    /// <param name="headDim">Their last dimension.</param>
    /// <param name="options">With the backend wanted; <see cref="AttentionOptions.Default"/> by default.</param>
    /// <returns>The backend of the options, or for <see cref="AttentionBackend.Automatic"/> the fastest that can run.</returns>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="NotSupportedException">The backend of the options can't run; the message says why.</exception>
    public static AttentionBackend ChooseBackend(Device device, ScalarType dtype, int headDim, AttentionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(device);
        options ??= AttentionOptions.Default;
        options.ThrowIfInvalid(nameof(options));
        return BackendChoice.For(device, dtype, headDim, options).Choose(options.Backend);
    }

    private static void ThrowIfDifferent(Tensor query, Tensor key, Tensor value, PackLayout layout)
    {
        string Shapes() => $"query [{string.Join(", ", query.shape)}], key [{string.Join(", ", key.shape)}], value [{string.Join(", ", value.shape)}]";
        if (query.dim() != 3 || key.dim() != 3 || !key.shape.AsSpan().SequenceEqual(value.shape)
            || query.shape[0] != key.shape[0] || query.shape[2] != key.shape[2] || query.shape[1] % key.shape[1] != 0)
        {
            throw new ArgumentException(
                $"Expected query [tokens, heads, head_dim] and key and value [tokens, kv_heads, head_dim] with heads a multiple of kv_heads; got {Shapes()}.");
        }

        int tokens = layout.Part?.TokenCount ?? layout.TokenCount;
        if (query.shape[0] != tokens)
        {
            throw new ArgumentException($"The layout has {tokens} tokens{(layout.Part is null ? "" : " on this rank")}; got {Shapes()}.");
        }

        if (query.dtype != key.dtype || query.dtype != value.dtype || !query.is_floating_point())
        {
            throw new ArgumentException($"Expected one floating-point dtype; query is {query.dtype}, key {key.dtype}, value {value.dtype}.");
        }

        if (query.device.ToString() != key.device.ToString() || query.device.ToString() != value.device.ToString())
        {
            throw new ArgumentException($"Expected one device; query is on {query.device}, key on {key.device}, value on {value.device}.");
        }
    }
}
