using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongAlign.Batching;

/// <summary>
/// Sorted batching (section 3.2 of the paper): sequences are sorted by length and cut into groups of neighbours, one micro-batch for
/// each rank, and the groups come in random order. No sequence is repeated.
/// </summary>
/// <example>
/// <code>
/// SortedBatchSampler sampler = new(dataset, batchSize: 8, seed: 42) { AccumulationSteps = 12 };
/// PaddedBatchCollator collator = new(dataset);
/// foreach (BatchStep step in sampler.GetSteps(epoch: 0))
/// {
///     foreach (MicroBatch rows in step.MicroBatches)
///     {
///         using PaddedBatch batch = collator.Collate(rows);    // [8, longest of the eight]
///     }
/// }
/// </code>
/// </example>
/// <remarks>
/// Where the sequences don't fill the last group, one group is smaller. It comes last in an epoch, so that every other group stays
/// whole; its place among the sorted lengths is random, so that <see cref="UnevenEnd.Drop"/> does not always leave out the longest.
/// <see cref="UnevenEnd.Repeat"/> fills it with its neighbours in length.
/// </remarks>
public sealed class SortedBatchSampler : PaddedBatchSampler
{
    private readonly int[] _sorted;

    /// <summary>Makes a sampler from lengths alone, for planning: it guesses targets, and collators and the trainer refuse its totals (<see cref="StepTotals.IsEstimate"/>).</summary>
    /// <inheritdoc cref="RandomBatchSampler(ReadOnlySpan{int}, int, ulong)" path="/param|/exception"/>
    public SortedBatchSampler(ReadOnlySpan<int> lengths, int batchSize, ulong seed)
        : base(EpochSequences.FromLengths(lengths, int.MaxValue, OverlongPolicy.Throw), batchSize, seed)
        => _sorted = Sequences.SortByLength();

    /// <summary>Makes a sampler that knows the target tokens of every sequence.</summary>
    /// <inheritdoc cref="RandomBatchSampler(ISequenceDataset, int, ulong, int, OverlongPolicy)" path="/param|/exception"/>
    public SortedBatchSampler(
        ISequenceDataset dataset, int batchSize, ulong seed = 42, int maxLength = int.MaxValue, OverlongPolicy overlong = OverlongPolicy.Throw)
        : base(EpochSequences.FromDataset(dataset, maxLength, overlong), batchSize, seed)
        => _sorted = Sequences.SortByLength();

    private protected override string Order => "sorted";

    private protected override string OrderText => "of similar length";

    private protected override int[] GetOrder(SeededRandom random)
    {
        int groupSize = (int)Math.Min(SequenceCount, (long)BatchSize * WorldSize);
        return NeighbourGroups.Arrange(_sorted, groupSize, ref random, fill: UnevenEnd == UnevenEnd.Repeat);
    }
}
