using LongAlign.Sequences;

namespace LongAlign.Batching;

/// <summary>Naive batching: sequences in random order, whatever their lengths.</summary>
public sealed class RandomBatchSampler : PaddedBatchSampler
{
    /// <summary>Makes a sampler from lengths alone: every token but a sequence's first is taken for a target.</summary>
    /// <param name="lengths">Tokens of each sequence, each at least 1.</param>
    /// <param name="batchSize">Rows of a micro-batch.</param>
    /// <param name="seed">Decides the order.</param>
    /// <exception cref="ArgumentException">There is no sequence, or one has no tokens.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="batchSize"/> is less than 1.</exception>
    public RandomBatchSampler(ReadOnlySpan<int> lengths, int batchSize, ulong seed)
        : base(SequenceTargets.FromLengths(lengths, LengthLimit.None), lengths.Length, batchSize, seed, LengthLimit.None)
        => ThrowIfNotPositive(lengths);

    /// <summary>Makes a sampler that knows the target tokens of every sequence.</summary>
    /// <param name="dataset">The sequences; labels are read only of those that are cut.</param>
    /// <param name="batchSize">Rows of a micro-batch.</param>
    /// <param name="seed">Decides the order.</param>
    /// <param name="limit">How sequences that are too long are cut; by default none is.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="batchSize"/> or the limit is less than 1.</exception>
    public RandomBatchSampler(ISequenceDataset dataset, int batchSize, ulong seed = 42, LengthLimit? limit = null)
        : base(SequenceTargets.FromDataset(dataset, limit ?? LengthLimit.None), dataset.Count, batchSize, seed, limit ?? LengthLimit.None)
    {
    }

    private protected override string Kind => "random";

    private protected override int[] GetOrder(SeededRandom random) => random.Permutation(SequenceCount);
}
