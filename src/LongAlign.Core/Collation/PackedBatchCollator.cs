using LongAlign.Native;
using LongAlign.Sequences;

namespace LongAlign.Collation;

/// <summary>Lays the sequences of a micro-batch one after another in tensors of shape [tokens].</summary>
/// <example>
/// <code>
/// PackedBatchCollator collator = new(dataset);
/// foreach (MicroBatch microBatch in step.MicroBatches)
/// {
///     using PackedBatch batch = collator.Collate(microBatch);
///     Tensor logits = model.forward(batch.InputIds, batch.PositionIds, batch.Layout);
/// }
/// </code>
/// </example>
public sealed class PackedBatchCollator : IBatchCollator
{
    private readonly ISequenceDataset _dataset;

    /// <summary>Makes a collator.</summary>
    /// <param name="dataset">The sequences.</param>
    public PackedBatchCollator(ISequenceDataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        _dataset = dataset;
    }

    /// <summary>Pads the tokens of a batch to a multiple of this number.</summary>
    /// <value>1 by default: no padding. A pack's capacity gives batches of that very size.</value>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int PadToMultipleOf
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    }

    = 1;

    /// <summary>Makes the tensors of a pack, on the CPU.</summary>
    /// <inheritdoc cref="IBatchCollator.Collate"/>
    public PackedBatch Collate(MicroBatch microBatch)
    {
        microBatch.Totals?.ThrowIfEstimate();
        TorchRuntime.EnsureAvailable();
        PackLayout layout = PackLayout.Of(_dataset, microBatch, PadToMultipleOf);
        BatchBuffers buffers = BatchBuffers.Rent(layout.TokenCount);
        try
        {
            BatchWriter writer = new(_dataset, microBatch.Limit, buffers);
            int position = 0;
            foreach (int sequence in microBatch.Indices.Span)
            {
                position = writer.Write(sequence, position);
            }

            writer.Pad(position, layout.PaddingCount);
            return new PackedBatch(writer, layout, microBatch.Totals);
        }
        catch
        {
            buffers.Return();
            throw;
        }
    }

    TrainingBatch IBatchCollator.Collate(MicroBatch microBatch) => Collate(microBatch);
}
