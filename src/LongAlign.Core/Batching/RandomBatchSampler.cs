using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongAlign.Batching;

/// <summary>Naive batching: sequences in random order, whatever their lengths.</summary>
/// <example>
/// <code>
/// RandomBatchSampler naive = new(dataset, batchSize: 8, seed: 42) { AccumulationSteps = 4 };
/// </code>
/// </example>
public sealed class RandomBatchSampler : PaddedBatchSampler
{
    /// <summary>Makes a sampler from lengths alone, for planning: it guesses targets, and collators and the trainer refuse its totals (<see cref="StepTotals.IsEstimate"/>).</summary>
    /// <param name="lengths">Tokens of each sequence, each at least 1.</param>
    /// <param name="batchSize">Rows of a micro-batch.</param>
    /// <param name="seed">Decides the order.</param>
    /// <exception cref="ArgumentException">There is no sequence, or one has no tokens.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="batchSize"/> is less than 1.</exception>
    public RandomBatchSampler(ReadOnlySpan<int> lengths, int batchSize, ulong seed)
        : base(EpochSequences.FromLengths(lengths, int.MaxValue, OverlongPolicy.Throw), batchSize, seed)
    {
    }

    /// <summary>Makes a sampler that knows the target tokens of every sequence.</summary>
    /// <param name="dataset">The sequences; labels are read only of those that are cut.</param>
    /// <param name="batchSize">Rows of a micro-batch.</param>
    /// <param name="seed">Decides the order.</param>
    /// <param name="maxLength">The most tokens of a sequence; by default there is no limit.</param>
    /// <param name="overlong">The policy for longer sequences; an error by default.</param>
    /// <exception cref="ArgumentException">A sequence is too long under <see cref="OverlongPolicy.Throw"/>; the message names it.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="batchSize"/> or <paramref name="maxLength"/> is less than 1.</exception>
    public RandomBatchSampler(
        ISequenceDataset dataset, int batchSize, ulong seed = 42, int maxLength = int.MaxValue, OverlongPolicy overlong = OverlongPolicy.Throw)
        : base(EpochSequences.FromDataset(dataset, maxLength, overlong), batchSize, seed)
    {
    }

    private protected override string Order => "random";

    private protected override string OrderText => "in random order";

    private protected override int[] GetOrder(SeededRandom random) => StepSets.Shuffle(Sequences.Kept, ref random);
}
