using LongAlign.Sequences;

namespace LongAlign.Batching;

/// <summary>N_i of every sequence, cut to a limit.</summary>
internal sealed class SequenceTargets
{
    private readonly int[] _counts;
    private readonly Lazy<string> _hash;

    private SequenceTargets(int[] counts, ISequenceDataset? dataset = null)
    {
        _counts = counts;
        IsEstimate = dataset is null;
        _hash = new Lazy<string>(() => ContentHash.Of(dataset is null ? [] : dataset.Lengths, counts));
    }

    public int Count => _counts.Length;

    /// <summary>Whether they are guessed, from lengths alone.</summary>
    public bool IsEstimate { get; }

    /// <summary>Stands for all lengths and target counts; made when it is first asked for.</summary>
    public string Hash => _hash.Value;

    public int this[int sequence] => _counts[sequence];

    /// <summary>Counts from lengths alone: every token but the first is taken for a target.</summary>
    public static SequenceTargets FromLengths(ReadOnlySpan<int> lengths, LengthLimit limit)
    {
        int[] counts = lengths.ToArray();
        for (int i = 0; i < counts.Length; i++)
        {
            counts[i] = limit.Slice(counts[i]).Length - 1;
        }

        return new SequenceTargets(counts);
    }

    /// <summary>Counts from a dataset: of sequences that are cut, the labels are read.</summary>
    public static SequenceTargets FromDataset(ISequenceDataset dataset, LengthLimit limit)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        int[] counts = new int[dataset.Count];
        for (int i = 0; i < counts.Length; i++)
        {
            counts[i] = TargetTokens.Count(dataset, i, limit);
        }

        return new SequenceTargets(counts, dataset);
    }
}
