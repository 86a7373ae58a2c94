using LongAlign.Sequences;

namespace LongAlign.Collation;

/// <summary>
/// The place of each sequence among the tokens of a batch: FlashAttention's <c>cu_seqlens</c>, the paper's one-dimensional
/// attention mask.
/// </summary>
/// <remarks>
/// Three sequences of 2, 3 and 1 tokens, and two tokens of padding:
/// <code>
/// tokens        a a b b b c . .
/// position_ids  0 1 0 1 2 0 0 0
/// cu_seqlens    0   2     5 6        TokenCount 8, MaxSeqLen 3
/// </code>
/// Padding, if any, is the tail behind the last sequence; nothing attends to it. Immutable.
/// </remarks>
public sealed class PackLayout
{
    private readonly int[] _cuSeqLens;

    /// <summary>Makes a layout from prefix sums.</summary>
    /// <param name="cuSeqLens">Starts of the sequences and the end of the last: first 0, strictly increasing.</param>
    /// <param name="tokenCount">Tokens with padding, at least the last of <paramref name="cuSeqLens"/>; by default equal to it.</param>
    /// <exception cref="ArgumentException"><paramref name="cuSeqLens"/> has fewer than two numbers, does not start at 0, or does not increase.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="tokenCount"/> is too small.</exception>
    public PackLayout(ReadOnlySpan<int> cuSeqLens, int? tokenCount = null)
    {
        if (cuSeqLens.Length < 2 || cuSeqLens[0] != 0)
        {
            throw new ArgumentException("cu_seqlens must start with 0 and have one more number for each sequence.", nameof(cuSeqLens));
        }

        for (int i = 1; i < cuSeqLens.Length; i++)
        {
            int length = cuSeqLens[i] - cuSeqLens[i - 1];
            if (length <= 0)
            {
                throw new ArgumentException(
                    $"cu_seqlens must increase: number {i} is {cuSeqLens[i]} after {cuSeqLens[i - 1]}.", nameof(cuSeqLens));
            }

            MaxSeqLen = Math.Max(MaxSeqLen, length);
        }

        TokenCount = tokenCount ?? cuSeqLens[^1];
        ArgumentOutOfRangeException.ThrowIfLessThan(TokenCount, cuSeqLens[^1], nameof(tokenCount));
        _cuSeqLens = cuSeqLens.ToArray();
    }

    /// <summary>Prefix sums of the sequence lengths: <see cref="SequenceCount"/> + 1 numbers, the first 0.</summary>
    public ReadOnlySpan<int> CuSeqLens => _cuSeqLens;

    /// <summary>The number of sequences.</summary>
    public int SequenceCount => _cuSeqLens.Length - 1;

    /// <summary>Tokens of the longest sequence.</summary>
    public int MaxSeqLen { get; }

    /// <summary>All tokens of the batch, padding included.</summary>
    public int TokenCount { get; }

    /// <summary>Tokens behind the last sequence.</summary>
    public int PaddingCount => TokenCount - _cuSeqLens[^1];

    /// <summary>The tokens that lie on this rank, where ranks share the pack; everything else here is about the whole pack.</summary>
    /// <value>Null where all of them do.</value>
    public PackPart? Part { get; private init; }

    /// <summary>Tokens of sequence <paramref name="index"/>.</summary>
    /// <param name="index">From 0 to <see cref="SequenceCount"/> - 1.</param>
    /// <returns>The length, at least 1.</returns>
    /// <exception cref="IndexOutOfRangeException">No such sequence.</exception>
    public int GetLength(int index) => _cuSeqLens[index + 1] - _cuSeqLens[index];

    /// <summary>Makes the layout of sequences laid one after another.</summary>
    /// <param name="lengths">Tokens of each sequence, each at least 1.</param>
    /// <returns>The layout, without padding.</returns>
    /// <exception cref="ArgumentException">No sequence, or one without tokens.</exception>
    public static PackLayout FromLengths(params ReadOnlySpan<int> lengths)
    {
        int[] cuSeqLens = new int[lengths.Length + 1];
        for (int i = 0; i < lengths.Length; i++)
        {
            cuSeqLens[i + 1] = checked(cuSeqLens[i] + lengths[i]);
        }

        return new PackLayout(cuSeqLens);
    }

    /// <summary>Makes the layout of a micro-batch's sequences, cut to its limit, after a check that every index is in the dataset.</summary>
    internal static PackLayout Of(ISequenceDataset dataset, MicroBatch microBatch, int padToMultipleOf = 1)
    {
        ReadOnlySpan<int> indices = microBatch.Indices.Span;
        if (indices.IsEmpty)
        {
            throw new ArgumentException("The micro-batch has no sequence.", nameof(microBatch));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(microBatch.Limit.MaxTokens, 1, nameof(microBatch));
        int[] cuSeqLens = new int[indices.Length + 1];
        for (int i = 0; i < indices.Length; i++)
        {
            if ((uint)indices[i] >= (uint)dataset.Count)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(microBatch), $"Entry {i} of the micro-batch is sequence {indices[i]}; the dataset has {dataset.Count}.");
            }

            cuSeqLens[i + 1] = checked(cuSeqLens[i] + microBatch.Limit.Slice(dataset.Lengths[indices[i]]).Length);
        }

        int padding = (padToMultipleOf - (cuSeqLens[^1] % padToMultipleOf)) % padToMultipleOf;
        return new PackLayout(cuSeqLens, checked(cuSeqLens[^1] + padding));
    }

    /// <summary>The same for one of the ranks that share the pack, padded so that all have as many tokens.</summary>
    internal PackLayout Share(int index, int count, IPartExchange exchange)
    {
        PackLayout whole = new(_cuSeqLens, checked((TokenCount + count - 1) / count * count));
        return new PackLayout(_cuSeqLens, whole.TokenCount) { Part = new PackPart(whole, index, count, exchange) };
    }
}
