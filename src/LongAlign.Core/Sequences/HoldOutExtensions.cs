using System.Globalization;

namespace LongAlign.Sequences;

/// <summary>Keeps sequences back from training, to evaluate with.</summary>
/// <example>
/// <code>
/// (ISequenceDataset training, ISequenceDataset heldOut) = dataset.HoldOut(share: 0.05, seed: 42);
/// </code>
/// </example>
public static class HoldOutExtensions
{
    /// <summary>Holds out a share of the sequences, chosen by seed.</summary>
    /// <param name="dataset">At least two sequences; both parts are views of it, so that no token is copied.</param>
    /// <param name="share">The share of sequences, more than 0 and less than 1; rounded to a number that leaves both parts at least one.</param>
    /// <param name="seed">The same seed and number of sequences give the same split on every platform.</param>
    /// <returns>Both parts, each in the order of <paramref name="dataset"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="share"/> is out of range.</exception>
    /// <exception cref="ArgumentException">The dataset has fewer than two sequences.</exception>
    public static HeldOutSplit HoldOut(this ISequenceDataset dataset, double share, ulong seed)
    {
        ThrowIfTooSmall(dataset);
        if (!(share is > 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(share), share, string.Create(CultureInfo.InvariantCulture, $"A share of {share} was to be held out; expected more than 0 and less than 1."));
        }

        int count = (int)Math.Round(share * dataset.Count, MidpointRounding.AwayFromZero);
        return dataset.HoldOut(Math.Clamp(count, 1, dataset.Count - 1), seed);
    }

    /// <summary>Holds out a number of sequences, chosen by seed.</summary>
    /// <param name="dataset">At least two sequences; both parts are views of it, so that no token is copied.</param>
    /// <param name="count">The number of sequences, from 1 to one less than there are.</param>
    /// <param name="seed">The same seed and number of sequences give the same split on every platform.</param>
    /// <returns>Both parts, each in the order of <paramref name="dataset"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is out of range.</exception>
    /// <exception cref="ArgumentException">The dataset has fewer than two sequences.</exception>
    public static HeldOutSplit HoldOut(this ISequenceDataset dataset, int count, ulong seed)
    {
        ThrowIfTooSmall(dataset);
        if (count < 1 || count >= dataset.Count)
        {
            throw new ArgumentOutOfRangeException(
                nameof(count), count, $"{count} of {dataset.Count} sequences were to be held out; expected 1 to {dataset.Count - 1}.");
        }

        int[] order = new SeededRandom(seed).Permutation(dataset.Count);
        int[] heldOut = order[..count];
        int[] training = order[count..];
        Array.Sort(heldOut);
        Array.Sort(training);
        return new HeldOutSplit(dataset.Subset(training), dataset.Subset(heldOut));
    }

    private static void ThrowIfTooSmall(ISequenceDataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        if (dataset.Count < 2)
        {
            throw new ArgumentException($"The dataset has {dataset.Count} sequence; expected at least two, one for each part.", nameof(dataset));
        }
    }
}
