namespace LongAlign.Batching;

/// <summary>The batchings that <see cref="PlayedBatching"/> knows.</summary>
public enum PlayedMethod
{
    /// <summary>Padded rows in random order (<see cref="RandomBatchSampler"/>).</summary>
    Naive,

    /// <summary>Padded rows of like length (<see cref="SortedBatchSampler"/>).</summary>
    Sorted,

    /// <summary>Packs first, of sequences in random order as in the paper, in random order (<see cref="PackedBatchSampler"/>).</summary>
    PacksInOrder,

    /// <summary>Packs first, by best fit, in random order.</summary>
    PacksBestFit,

    /// <summary>Packs first, by best fit, those of like cost at the same time (<see cref="BalancedBatchSampler"/>).</summary>
    PacksBalanced,

    /// <summary>The sequences of a step first, then packs of them (<see cref="GlobalBatchSampler"/>): the default of training.</summary>
    Packing,
}
