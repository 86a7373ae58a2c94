using System.Globalization;
using LongAlign.Sequences;

namespace LongAlign.Batching;

/// <summary>Cuts an order of all sequences into micro-batches of the same number of rows.</summary>
public abstract class PaddedBatchSampler : BatchSampler
{
    private readonly LengthLimit _limit;

    private protected PaddedBatchSampler(SequenceTargets targets, int sequences, int batchSize, ulong seed, LengthLimit limit)
        : base(targets, seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit.MaxTokens, 1, nameof(limit));
        if (sequences == 0)
        {
            throw new ArgumentException("There are no sequences; expected at least one.", nameof(sequences));
        }

        SequenceCount = sequences;
        BatchSize = batchSize;
        _limit = limit;
    }

    /// <summary>Rows of a micro-batch.</summary>
    public int BatchSize { get; }

    /// <summary>Sequences of an epoch.</summary>
    public int SequenceCount { get; }

    private protected override int MicroBatchCount => (SequenceCount + BatchSize - 1) / BatchSize;

    private protected override int CompleteMicroBatchCount => SequenceCount / BatchSize;

    private protected override string Description => string.Create(
        CultureInfo.InvariantCulture,
        $"{Kind}, {BatchSize} rows{(_limit == LengthLimit.None ? "" : $", {_limit.MaxTokens} tokens at the most, the {(_limit.CutLeft ? "first" : "last")} cut off")}");

    /// <summary>The sampler's name in a <see cref="SamplerState"/>.</summary>
    private protected abstract string Kind { get; }

    private protected override Func<int, MicroBatch> Arrange(int epoch)
    {
        int[] order = GetOrder(SeededRandom.ForEpoch(Seed, epoch));
        if (UnevenEnd == UnevenEnd.Repeat)
        {
            // The order is random already: its beginning is as good a choice as any other.
            int[] again = new int[checked(StepsPerEpoch * WorldSize * AccumulationSteps * BatchSize)];
            for (int row = 0; row < again.Length; row++)
            {
                again[row] = order[row % order.Length];
            }

            order = again;
        }

        return i => new MicroBatch(order.AsMemory(i * BatchSize, Math.Min(BatchSize, order.Length - (i * BatchSize))), _limit);
    }

    /// <summary>All sequences, in the order in which micro-batches take them; for <see cref="UnevenEnd.Repeat"/> some of them twice.</summary>
    private protected abstract int[] GetOrder(SeededRandom random);

    private protected static void ThrowIfNotPositive(ReadOnlySpan<int> lengths)
    {
        int index = lengths.IndexOfAnyExceptInRange(1, int.MaxValue);
        if (index >= 0)
        {
            throw new ArgumentException($"Sequence {index} has length {lengths[index]}; expected at least 1.", nameof(lengths));
        }
    }
}
