namespace LongAlign.Sequences;

/// <summary>Some sequences of a dataset, in an order of its own. Holds indices, lengths and target counts, no tokens.</summary>
internal sealed class DatasetView : ISequenceDataset
{
    private readonly ISequenceDataset _dataset;
    private readonly int[] _indices;
    private readonly int[] _lengths;
    private readonly int[] _targetCounts;

    public DatasetView(ISequenceDataset dataset, int[] indices)
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
