using LongAlign.Native;
using LongAlign.Sequences;

namespace LongAlign.Collation;

/// <summary>Lays the sequences of a micro-batch in rows, padded on the right to the longest of them.</summary>
/// <example>
/// <code>
/// SortedBatchSampler sorted = new(dataset, batchSize: 8, seed: 42);
/// PaddedBatchCollator rows = new(dataset);
/// using PaddedBatch batch = rows.Collate(sorted.GetSteps(epoch: 0).First().MicroBatches[0]);    // [8, width]
/// </code>
/// </example>
public sealed class PaddedBatchCollator : IBatchCollator
{
    private readonly ISequenceDataset _dataset;

    /// <summary>Makes a collator.</summary>
    /// <param name="dataset">The sequences.</param>
    public PaddedBatchCollator(ISequenceDataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        _dataset = dataset;
    }

    /// <summary>Makes the tensors of a padded batch, on the CPU.</summary>
    /// <inheritdoc cref="IBatchCollator.Collate"/>
    public PaddedBatch Collate(MicroBatch microBatch)
    {
        microBatch.Totals?.ThrowIfEstimate();
        TorchRuntime.EnsureAvailable();
        ReadOnlySpan<int> indices = microBatch.Indices.Span;
        PackLayout tokens = PackLayout.Of(_dataset, microBatch);
        int[] lengths = [.. Enumerable.Range(0, indices.Length).Select(tokens.GetLength)];
        int columns = tokens.MaxSeqLen;
        BatchBuffers buffers = BatchBuffers.Rent(checked(lengths.Length * columns));
        try
        {
            BatchWriter writer = new(_dataset, microBatch.Limit, buffers);
            for (int row = 0; row < lengths.Length; row++)
            {
                int end = writer.Write(indices[row], row * columns);
                writer.Pad(end, columns - lengths[row]);
            }

            return new PaddedBatch(writer, lengths, columns, microBatch.Totals);
        }
        catch
        {
            buffers.Return();
            throw;
        }
    }

    TrainingBatch IBatchCollator.Collate(MicroBatch microBatch) => Collate(microBatch);
}
