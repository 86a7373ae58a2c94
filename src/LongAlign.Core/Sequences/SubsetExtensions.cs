namespace LongAlign.Sequences;

/// <summary>Takes some sequences of a dataset.</summary>
public static class SubsetExtensions
{
    /// <summary>Some sequences of a dataset as a dataset, in the order of the indices.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="indices">At least one index into it; one that is given again is another sequence with the same tokens.</param>
    /// <returns>A view: no token is copied.</returns>
    /// <exception cref="ArgumentException">There is no index.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An index is not in the dataset; the message names both.</exception>
    /// <example>
    /// <code>
    /// int[] longOnes = [.. Enumerable.Range(0, dataset.Count).Where(i => dataset.Lengths[i] >= 8_192)];
    /// ISequenceDataset longSequences = dataset.Subset(longOnes);
    /// </code>
    /// </example>
    public static ISequenceDataset Subset(this ISequenceDataset dataset, params ReadOnlySpan<int> indices)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        if (indices.IsEmpty)
        {
            throw new ArgumentException("There are no indices; expected at least one.", nameof(indices));
        }

        int wrong = indices.IndexOfAnyExceptInRange(0, dataset.Count - 1);
        if (wrong >= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(indices), $"Index {wrong} is sequence {indices[wrong]}; the dataset has {dataset.Count}.");
        }

        return new DatasetView(dataset, indices.ToArray());
    }
}
