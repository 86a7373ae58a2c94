using LongAlign.Collation;
using LongAlign.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Attention;

/// <summary>
/// Attention of a batch of sequences laid one after another, each token attending to its own sequence only (section 3.2 of the
/// paper). Equals attention of every sequence alone; never builds tokens x tokens.
/// </summary>
public static class BlockDiagonalAttention
{
    /// <summary>softmax(scale * q k^T) v inside each sequence, with gradients.</summary>
    /// <param name="query">[tokens, heads, head_dim].</param>
    /// <param name="key">[tokens, kv_heads, head_dim]; query head h reads head h / (heads / kv_heads).</param>
    /// <param name="value">[tokens, kv_heads, head_dim].</param>
    /// <param name="layout">Where the sequences lie; rows of its padding come out as zeros.</param>
    /// <param name="causal">Whether a token attends only to itself and to tokens before it; the default.</param>
    /// <param name="scale">Factor of the scores; 1 / sqrt(head_dim) by default.</param>
    /// <returns>[tokens, heads, head_dim], in the dtype of <paramref name="query"/>.</returns>
    /// <exception cref="ArgumentException">Shapes do not go together or do not fit the layout; the message has both.</exception>
    public static Tensor Forward(Tensor query, Tensor key, Tensor value, PackLayout layout, bool causal = true, double? scale = null)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(layout);
        ThrowIfShapesDiffer(query, key, value, layout);

        using DisposeScope scope = NewDisposeScope();
        List<(int Count, int Length)> runs = GetRuns(layout);

        // split, not narrow: the backward of a narrow fills a whole gradient with zeros for each sequence.
        long[] sizes = [.. runs.Select(run => (long)run.Count * run.Length), .. layout.PaddingCount > 0 ? [layout.PaddingCount] : Array.Empty<long>()];
        Tensor[] queries = query.split(sizes, 0);
        Tensor[] keys = key.split(sizes, 0);
        Tensor[] values = value.split(sizes, 0);
        Tensor[] outputs = new Tensor[sizes.Length];
        for (int i = 0; i < runs.Count; i++)
        {
            outputs[i] = AttendRun(queries[i], keys[i], values[i], runs[i], causal, scale);
        }

        if (layout.PaddingCount > 0)
        {
            outputs[^1] = zeros_like(queries[^1]);
        }

        return cat(outputs, 0).MoveToOuterDisposeScope();
    }

    /// <summary>Neighbours of equal length go through one call as a batch.</summary>
    private static List<(int Count, int Length)> GetRuns(PackLayout layout)
    {
        List<(int Count, int Length)> runs = [];
        for (int i = 0; i < layout.SequenceCount; i++)
        {
            int length = layout.GetLength(i);
            if (runs.Count > 0 && runs[^1].Length == length)
            {
                runs[^1] = (runs[^1].Count + 1, length);
            }
            else
            {
                runs.Add((1, length));
            }
        }

        return runs;
    }

    private static Tensor AttendRun(Tensor query, Tensor key, Tensor value, (int Count, int Length) run, bool causal, double? scale)
    {
        Tensor output = Aten.CallForTensor(
            "aten::scaled_dot_product_attention"u8,
            Aten.Arg(Heads(query)),
            Aten.Arg(Heads(key)),
            Aten.Arg(Heads(value)),
            Aten.None, // no mask
            Aten.Arg(0.0), // no dropout
            Aten.Arg(causal),
            scale is { } factor ? Aten.Some(Aten.Arg(factor)) : Aten.None,
            Aten.Arg(query.shape[1] != key.shape[1])); // grouped query
        return output.transpose(1, 2).reshape(query.shape);

        // [count * length, heads, head_dim] -> [count, heads, length, head_dim]
        Tensor Heads(Tensor tensor) => tensor.reshape(run.Count, run.Length, tensor.shape[1], tensor.shape[2]).transpose(1, 2);
    }

    private static void ThrowIfShapesDiffer(Tensor query, Tensor key, Tensor value, PackLayout layout)
    {
        string Shapes() => $"query [{string.Join(", ", query.shape)}], key [{string.Join(", ", key.shape)}], value [{string.Join(", ", value.shape)}]";
        if (query.dim() != 3 || key.dim() != 3 || !key.shape.AsSpan().SequenceEqual(value.shape)
            || query.shape[0] != key.shape[0] || query.shape[2] != key.shape[2] || query.shape[1] % key.shape[1] != 0)
        {
            throw new ArgumentException(
                $"Expected query [tokens, heads, head_dim] and key and value [tokens, kv_heads, head_dim] with heads a multiple of kv_heads; got {Shapes()}.");
        }

        if (query.shape[0] != layout.TokenCount)
        {
            throw new ArgumentException($"The layout has {layout.TokenCount} tokens; got {Shapes()}.");
        }
    }
}
