using LongAlign.Sequences;

namespace LongAlign.Collation;

/// <summary>Reads the tokens of a micro-batch and lays them out in tensors.</summary>
/// <remarks>Immutable; may be called from several threads at once.</remarks>
public interface IBatchCollator
{
    /// <summary>Makes the tensors of a micro-batch, on the CPU.</summary>
    /// <param name="microBatch">The sequences, in order. The loss of the whole step is divided by its totals; without them it is the whole step.</param>
    /// <returns>A batch that the caller owns and disposes.</returns>
    /// <exception cref="ArgumentException">The micro-batch has no sequence, or the totals are an estimate (<see cref="StepTotals.IsEstimate"/>).</exception>
    /// <exception cref="ArgumentOutOfRangeException">An index is not in the dataset.</exception>
    TrainingBatch Collate(MicroBatch microBatch);
}
