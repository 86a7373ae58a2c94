namespace LongAlign.Packing;

/// <summary>The packing algorithms.</summary>
/// <example>
/// <code>
/// PackingPlan plan = PackingAlgorithm.BestFitDecreasing.Pack([5, 3, 4, 2, 2], capacity: 8);
/// Console.WriteLine(plan.Count);    // 2 packs of 8: 5 + 3 and 4 + 2 + 2
/// </code>
/// </example>
public static class PackingAlgorithm
{
    /// <summary>The largest capacity of a pack: planning keeps a few numbers for each token of one pack.</summary>
    public const int MaxCapacity = 1 << 24;

    /// <summary>
    /// Next fit in the given order, the paper's: a pack is closed when the next sequence does not fit. O(n).
    /// A sequence may fill a pack exactly, and the last pack is kept, unlike in the reference implementation.
    /// </summary>
    public static IPackingAlgorithm Sequential { get; } = new SequentialPacking();

    /// <summary>Longest first, each into the first pack that has room. O(n log packs).</summary>
    public static IPackingAlgorithm FirstFitDecreasing { get; } = new FirstFitDecreasingPacking();

    /// <summary>Longest first, each into the fullest pack that has room. O(n + capacity).</summary>
    public static IPackingAlgorithm BestFitDecreasing { get; } = new BestFitDecreasingPacking();

    /// <summary>
    /// Longest first, each into the emptiest pack, if that has room: shortest-pack-first of Krell et al. 2021 (arXiv 2107.02027). O(n + capacity).
    /// Packs come out with like numbers of sequences; more of them are needed than with best fit.
    /// </summary>
    public static IPackingAlgorithm ShortestPackFirst { get; } = new ShortestPackFirstPacking();
}
