using LongAlign.Sequences;

namespace LongAlign.Data;

/// <summary>Token sequences of conversations in memory, in the order of the conversations, and a report of what became of them.</summary>
public sealed class TokenizedDataset : ISequenceDataset
{
    private readonly InMemoryDataset _sequences;

    private TokenizedDataset(InMemoryDataset sequences, DataReport report)
    {
        _sequences = sequences;
        Report = report;
    }

    /// <summary>What became of the conversations.</summary>
    public DataReport Report { get; }

    /// <inheritdoc/>
    public int Count => _sequences.Count;

    /// <inheritdoc/>
    public ReadOnlySpan<int> Lengths => _sequences.Lengths;

    /// <inheritdoc/>
    public ReadOnlySpan<int> TargetCounts => _sequences.TargetCounts;

    /// <summary>Gets a sequence.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> - 1.</param>
    public TokenSequence this[int index] => _sequences[index];

    /// <inheritdoc/>
    public int CountTargets(int index, int start, int length) => _sequences.CountTargets(index, start, length);

    /// <inheritdoc/>
    public void CopyTo(int index, int start, Span<long> inputIds, Span<long> labels) => _sequences.CopyTo(index, start, inputIds, labels);

    internal static TokenizedDataset From(StreamedSequences stream)
    {
        TokenSequence[] sequences = [.. stream];
        return sequences.Length > 0
            ? new TokenizedDataset(new InMemoryDataset(sequences), stream.Report)
            : throw new ArgumentException($"The dataset is empty. {stream.Report}");
    }
}
