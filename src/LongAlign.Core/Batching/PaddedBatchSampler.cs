using System.Globalization;
using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongAlign.Batching;

/// <summary>Cuts an order of all sequences into micro-batches of the same number of rows.</summary>
public abstract class PaddedBatchSampler : MicroBatchSampler
{
    private protected PaddedBatchSampler(EpochSequences sequences, int batchSize, ulong seed)
        : base(sequences, seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        BatchSize = batchSize;
    }

    /// <summary>Rows of a micro-batch.</summary>
    public int BatchSize { get; }

    /// <summary>Sequences of an epoch; those that <see cref="OverlongPolicy.Drop"/> leaves out do not count.</summary>
    public int SequenceCount => Sequences.Kept.Length;

    private protected override int MicroBatchCount => (SequenceCount + BatchSize - 1) / BatchSize;

    private protected override int CompleteMicroBatchCount => SequenceCount / BatchSize;

    private protected override string Kind => string.Create(
        CultureInfo.InvariantCulture,
        $"{Order}, {BatchSize} rows{(Sequences.Limit.MaxTokens == int.MaxValue ? "" : $", {Sequences.Limit.MaxTokens} tokens at the most ({Sequences.Overlong})")}");

    private protected override string KindText => string.Create(
        CultureInfo.InvariantCulture,
        $"padded batches of {BatchSize} sequence{(BatchSize == 1 ? "" : "s")} {OrderText}{(Sequences.Limit.MaxTokens == int.MaxValue ? "" : $", each of at most {Sequences.Limit.MaxTokens:N0} tokens")}");

    /// <summary>The order's name in a <see cref="SamplerState"/>.</summary>
    private protected abstract string Order { get; }

    /// <summary>The order in plain words, for a log.</summary>
    private protected abstract string OrderText { get; }

    /// <inheritdoc/>
    protected override double GetCost(MicroBatch microBatch) => AttentionCostModel.Llama7B64k.GetPaddedCost(microBatch, Sequences.Lengths);

    private protected override Func<int, MicroBatch> ArrangeMicroBatches(int epoch)
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

        return i => new MicroBatch(order.AsMemory(i * BatchSize, Math.Min(BatchSize, order.Length - (i * BatchSize))), Sequences.Limit);
    }

    /// <summary>All sequences, in the order in which micro-batches take them; for <see cref="UnevenEnd.Repeat"/> some of them twice.</summary>
    private protected abstract int[] GetOrder(SeededRandom random);
}
