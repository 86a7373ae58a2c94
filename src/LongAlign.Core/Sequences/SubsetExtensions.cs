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

        return new View(dataset, indices.ToArray());
    }

    /// <summary>Holds indices, lengths and target counts, no tokens.</summary>
    private sealed class View : ISequenceDataset
    {
        private readonly ISequenceDataset _dataset;
        private readonly int[] _indices;
        private readonly int[] _lengths;
        private readonly int[] _targetCounts;

        public View(ISequenceDataset dataset, int[] indices)
        {
            _dataset = dataset;
            _indices = indices;
            _lengths = Select(dataset.Lengths);
            _targetCounts = Select(dataset.TargetCounts);

            int[] Select(ReadOnlySpan<int> values)
            {
                int[] selected = new int[indices.Length];
                for (int i = 0; i < selected.Length; i++)
                {
                    selected[i] = values[indices[i]];
                }

                return selected;
            }
        }

        public int Count => _indices.Length;

        public ReadOnlySpan<int> Lengths => _lengths;

        public ReadOnlySpan<int> TargetCounts => _targetCounts;

        public int CountTargets(int index, int start, int length) => _dataset.CountTargets(Original(index), start, length);

        public void CopyTo(int index, int start, Span<long> inputIds, Span<long> labels) => _dataset.CopyTo(Original(index), start, inputIds, labels);

        public string? GetSource(int index) => _dataset.GetSource(Original(index));

        private int Original(int index)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            return _indices[index];
        }
    }
}
