using static TorchSharp.torch;

namespace LongAlign.Attention;

/// <summary>Neighbouring queries of one sequence and the neighbouring keys that they see: one call of the kernel.</summary>
/// <param name="Start">The first query, counted from the start of the pack.</param>
/// <param name="Length">The number of queries.</param>
/// <param name="KeyStart">The first key.</param>
/// <param name="KeyLength">The number of keys.</param>
/// <param name="Windowed">Whether the window cuts into it; else all keys are seen, or all up to the query itself.</param>
internal readonly record struct AttentionTile(int Start, int Length, int KeyStart, int KeyLength, bool Windowed)
{
    /// <summary>The tile's part of [batch, heads, tokens, ...].</summary>
    public Tensor Queries(Tensor pack) => pack.narrow(2, Start, Length);

    /// <summary>The tile's part of [batch, heads, tokens, ...].</summary>
    public Tensor Keys(Tensor pack) => pack.narrow(2, KeyStart, KeyLength);
}
