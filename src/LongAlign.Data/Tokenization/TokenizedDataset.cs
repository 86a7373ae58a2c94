using LongAlign.Sequences;

namespace LongAlign.Data;

/// <summary>Token sequences of conversations in memory, in the order of the conversations, and a report of what became of them.</summary>
public sealed class TokenizedDataset : ISequenceDataset
{
    private readonly InMemoryDataset _sequences;
    private readonly string[] _sources;

    private TokenizedDataset(InMemoryDataset sequences, string[] sources, DataReport report)
    {
        _sequences = sequences;
        _sources = sources;
        Report = report;
    }

    /// <summary>The report on the conversations.</summary>
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

    /// <inheritdoc cref="ISequenceDataset.GetSource"/>
    /// <returns>The conversation's source: of files, the file and its line.</returns>
    /// <exception cref="ArgumentOutOfRangeException">No such sequence.</exception>
    public string GetSource(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return _sources[index];
    }

    internal static TokenizedDataset From(StreamedSequences stream)
    {
        List<TokenSequence> sequences = [];
        List<string> sources = [];
        foreach (TokenizedConversation conversation in stream.Read())
        {
            sequences.Add(conversation.Sequence!);
            sources.Add(conversation.Source);
        }

        return sequences.Count > 0
            ? new TokenizedDataset(new InMemoryDataset(sequences), [.. sources], stream.Report)
            : throw new ArgumentException($"The dataset is empty. {stream.Report}");
    }
}
