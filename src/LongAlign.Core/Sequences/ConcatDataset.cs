namespace LongAlign.Sequences;

/// <summary>Several datasets as one: the sequences of the first, then those of the second, and so on. Holds lengths and target counts, no tokens.</summary>
/// <example>
/// <code>
/// ConcatDataset joined = new(dataset, new InMemoryDataset(sequences));
/// </code>
/// </example>
public sealed class ConcatDataset : ISequenceDataset
{
    private readonly ISequenceDataset[] _datasets;
    private readonly int[] _ends;
    private readonly int[] _lengths;
    private readonly int[] _targetCounts;

    /// <summary>Joins datasets; enumerates <paramref name="datasets"/> once and copies their lengths and target counts.</summary>
    /// <param name="datasets">At least one dataset, with at least one sequence in all.</param>
    /// <exception cref="ArgumentException">There is no dataset or no sequence, a dataset is null, or there are more sequences than an array may have.</exception>
    public ConcatDataset(params IEnumerable<ISequenceDataset> datasets)
    {
        ArgumentNullException.ThrowIfNull(datasets);
        _datasets = [.. datasets];
        int missing = Array.IndexOf(_datasets, null);
        if (missing >= 0)
        {
            throw new ArgumentException($"Dataset {missing} is null.", nameof(datasets));
        }

        long count = _datasets.Sum(dataset => (long)dataset.Count);
        if (count == 0 || count > Array.MaxLength)
        {
            throw new ArgumentException($"{_datasets.Length} datasets have {count} sequences in all; expected 1 to {Array.MaxLength}.", nameof(datasets));
        }

        _ends = new int[_datasets.Length];
        _lengths = new int[count];
        _targetCounts = new int[count];
        int end = 0;
        for (int i = 0; i < _datasets.Length; i++)
        {
            ISequenceDataset dataset = _datasets[i];
            dataset.Lengths.CopyTo(_lengths.AsSpan(end));
            dataset.TargetCounts.CopyTo(_targetCounts.AsSpan(end));
            end += dataset.Count;
            _ends[i] = end;
        }
    }

    /// <inheritdoc/>
    public int Count => _lengths.Length;

    /// <inheritdoc/>
    public ReadOnlySpan<int> Lengths => _lengths;

    /// <inheritdoc/>
    public ReadOnlySpan<int> TargetCounts => _targetCounts;

    /// <inheritdoc/>
    public int CountTargets(int index, int start, int length)
    {
        (ISequenceDataset dataset, int own) = Find(index);
        return dataset.CountTargets(own, start, length);
    }

    /// <inheritdoc/>
    public void CopyTo(int index, int start, Span<long> inputIds, Span<long> labels)
    {
        (ISequenceDataset dataset, int own) = Find(index);
        dataset.CopyTo(own, start, inputIds, labels);
    }

    /// <inheritdoc/>
    public string? GetSource(int index)
    {
        (ISequenceDataset dataset, int own) = Find(index);
        return dataset.GetSource(own);
    }

    /// <summary>The dataset of a sequence, and the sequence's number in it.</summary>
    private (ISequenceDataset Dataset, int Index) Find(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);

        // The first dataset that ends behind the sequence; empty ones end where the one before them does.
        int low = 0;
        int high = _ends.Length - 1;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = _ends[middle] > index ? (low, middle) : (middle + 1, high);
        }

        return (_datasets[low], low == 0 ? index : index - _ends[low - 1]);
    }
}
