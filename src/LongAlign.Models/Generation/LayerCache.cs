using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Models.Generation;

/// <summary>
/// Keys or values of one sequence in one layer, [kv_heads, capacity, head_dim]. Grows by doubling; with a window it holds no more than two
/// windows, and older tokens go. Owns its tensor.
/// </summary>
internal sealed class LayerCache(long heads, long headDim, int? window, int maxTokens, ScalarType dtype, Device device) : IDisposable
{
    private const int LeastCapacity = 16;

    private Tensor? _memory;

    /// <summary>The tokens that are held: the last ones.</summary>
    public long Count { get; private set; }

    /// <summary>The tokens that there is room for.</summary>
    public long Capacity => _memory?.shape[1] ?? 0;

    /// <summary>The last tokens that a query sees, [1, kv_heads, tokens, head_dim]; a view that belongs to the scope of the caller.</summary>
    public Tensor Seen()
    {
        long seen = Math.Min(Count, window ?? Count);
        return _memory!.narrow(1, Count - seen, seen).unsqueeze(0);
    }

    /// <summary>Writes tokens behind those that are there.</summary>
    /// <param name="tokens">[tokens, kv_heads, head_dim].</param>
    public void Append(Tensor tokens)
    {
        using DisposeScope scope = NewDisposeScope();
        long added = tokens.shape[0];
        if (added > window)
        {
            (tokens, added, Count) = (tokens.narrow(0, added - window.Value, window.Value), window.Value, 0);
        }

        MakeRoom(added);
        _memory!.narrow(1, Count, added).copy_(tokens.transpose(0, 1));
        Count += added;
    }

    public void Dispose() => _memory?.Dispose();

    private void MakeRoom(long added)
    {
        if (Count + added <= Capacity)
        {
            return;
        }

        // Of a window, the new tokens see all but as many as they are themselves.
        long kept = Math.Min(Count, window - 1 ?? Count);
        long capacity = Math.Max(kept + added, Math.Min(window is null ? maxTokens : 2L * window.Value, Math.Max(LeastCapacity, 2 * Count)));
        Tensor larger = empty([heads, capacity, headDim], dtype, device).DetachFromDisposeScope();
        if (kept > 0)
        {
            larger.narrow(1, 0, kept).copy_(_memory!.narrow(1, Count - kept, kept));
        }

        _memory?.Dispose();
        (_memory, Count) = (larger, kept);
    }
}
