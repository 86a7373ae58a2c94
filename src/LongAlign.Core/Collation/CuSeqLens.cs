using LongAlign.Sequences;

namespace LongAlign.Collation;

/// <summary>Lengths of a micro-batch's sequences, cut to its limit.</summary>
internal static class CuSeqLens
{
    /// <summary>Prefix sums, after a check that every index is in the dataset.</summary>
    public static int[] Of(ISequenceDataset dataset, MicroBatch microBatch)
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

        return cuSeqLens;
    }
}
