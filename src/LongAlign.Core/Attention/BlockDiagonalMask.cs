using System.Runtime.InteropServices;
using LongAlign.Collation;
using LongAlign.Native;
using static TorchSharp.torch;

namespace LongAlign.Attention;

/// <summary>
/// The dense attention mask of a batch, for models that want one. It has tokens x tokens elements: 4 GiB of bools for 65,536
/// tokens. <see cref="BlockDiagonalAttention"/> needs none.
/// </summary>
/// <remarks>
/// Sequences of 3 and 2 tokens and one token of padding, causal; rows are queries, columns keys, and 1 may be attended to:
/// <code>
/// 1 0 0 0 0 0
/// 1 1 0 0 0 0
/// 1 1 1 0 0 0
/// 0 0 0 1 0 0
/// 0 0 0 1 1 0
/// 0 0 0 0 0 1
/// </code>
/// Padding attends to itself alone, so that no row of a softmax is empty.
/// </remarks>
public static class BlockDiagonalMask
{
    private const long MaxSliceBytes = 1 << 30; // a span holds less than 2 GiB

    /// <summary>Makes the mask on the CPU.</summary>
    /// <param name="layout">The places of the sequences.</param>
    /// <param name="dtype">
    /// Bool, with true where a token may attend (as <c>scaled_dot_product_attention</c> takes it); or Float32, Float16 or BFloat16 to be
    /// added to scores, with 0 there and -infinity elsewhere.
    /// </param>
    /// <param name="causal">Whether a token attends only to itself and to tokens before it; the default.</param>
    /// <returns>[tokens, tokens], padding included; the caller owns it.</returns>
    /// <exception cref="ArgumentException">There are no masks of this dtype, or ranks share the pack: no rank then has all tokens that a mask would be for.</exception>
    public static Tensor Create(PackLayout layout, ScalarType dtype = ScalarType.Bool, bool causal = true)
    {
        ArgumentNullException.ThrowIfNull(layout);
        TorchRuntime.EnsureAvailable();
        if (layout.Part is { } part)
        {
            throw new ArgumentException(
                $"{part.Count} ranks share the pack, and a mask can't be made for a part of its tokens; expected a model that attends with {nameof(BlockDiagonalAttention)}.", nameof(layout));
        }

        return dtype switch
        {
            ScalarType.Bool => Create<byte>(layout, dtype, causal, allowed: 1, forbidden: 0),
            ScalarType.Float32 => Create<float>(layout, dtype, causal, allowed: 0, forbidden: float.NegativeInfinity),
            ScalarType.Float16 => Create<ushort>(layout, dtype, causal, allowed: 0, forbidden: 0xFC00), // -infinity
            ScalarType.BFloat16 => Create<ushort>(layout, dtype, causal, allowed: 0, forbidden: 0xFF80), // -infinity
            _ => throw new ArgumentException($"A mask can't have the dtype {dtype}; expected Bool, Float32, Float16 or BFloat16.", nameof(dtype)),
        };
    }

    private static unsafe Tensor Create<T>(PackLayout layout, ScalarType dtype, bool causal, T allowed, T forbidden)
        where T : unmanaged
    {
        int tokens = layout.TokenCount;
        Tensor mask = empty(tokens, tokens, dtype);
        int rowsPerSlice = (int)Math.Clamp(MaxSliceBytes / ((long)tokens * sizeof(T)), 1, tokens);
        Span<T> slice = [];
        for (int row = 0, sequence = 0; row < tokens; row++)
        {
            int rowInSlice = row % rowsPerSlice;
            if (rowInSlice == 0)
            {
                using Tensor rows = mask.narrow(0, row, Math.Min(rowsPerSlice, tokens - row));
                slice = MemoryMarshal.Cast<byte, T>(rows.bytes);
            }

            while (sequence < layout.SequenceCount && row >= layout.CuSeqLens[sequence + 1])
            {
                sequence++;
            }

            (int start, int end) = sequence < layout.SequenceCount
                ? (layout.CuSeqLens[sequence], causal ? row + 1 : layout.CuSeqLens[sequence + 1])
                : (row, row + 1);
            Span<T> keys = slice.Slice(rowInSlice * tokens, tokens);
            keys[..start].Fill(forbidden);
            keys[start..end].Fill(allowed);
            keys[end..].Fill(forbidden);
        }

        return mask;
    }
}
