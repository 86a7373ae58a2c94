using LongAlign.Sequences;

namespace LongAlign.Packing;

/// <summary>Packs datasets.</summary>
public static class PackingAlgorithmExtensions
{
    /// <summary>Puts the sequences of a dataset into packs, by their lengths.</summary>
    /// <param name="algorithm">The algorithm.</param>
    /// <param name="dataset">The sequences; an error names the source of one where the dataset knows it.</param>
    /// <param name="capacity">The most tokens in a pack, from 1 to <see cref="PackingAlgorithm.MaxCapacity"/>.</param>
    /// <param name="overlong">The policy for sequences longer than <paramref name="capacity"/>; an error by default.</param>
    /// <param name="maxSequencesPerPack">The most sequences in a pack, at least 1; no limit by default.</param>
    /// <returns>A plan with every sequence in exactly one pack, or listed as left out.</returns>
    /// <exception cref="ArgumentException">A sequence is too long under <see cref="OverlongPolicy.Throw"/>; the message names it and its source.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="capacity"/> or <paramref name="maxSequencesPerPack"/> is out of range.</exception>
    public static PackingPlan Pack(
        this IPackingAlgorithm algorithm, ISequenceDataset dataset, int capacity, OverlongPolicy overlong = OverlongPolicy.Throw, int maxSequencesPerPack = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(algorithm);
        ArgumentNullException.ThrowIfNull(dataset);
        if (overlong == OverlongPolicy.Throw)
        {
            OverlongSequences.ThrowIfAny(dataset.Lengths, capacity, dataset); // an algorithm knows lengths alone
        }

        return algorithm.Pack(dataset.Lengths, capacity, overlong, maxSequencesPerPack);
    }
}
