namespace LongAlign.Sequences;

/// <summary>
/// Token sequences by index. Lengths and target counts are known without reading a token, so that planning works on
/// integers alone; tokens are copied out when their batch is due.
/// </summary>
/// <remarks>Implementations are immutable and may be read from several threads at once.</remarks>
public interface ISequenceDataset
{
    /// <summary>The number of sequences.</summary>
    int Count { get; }

    /// <summary>Tokens of each sequence, each at least 1; <see cref="Count"/> numbers.</summary>
    ReadOnlySpan<int> Lengths { get; }

    /// <summary>N_i of each sequence: labels other than -100 that have a predecessor; <see cref="Count"/> numbers.</summary>
    ReadOnlySpan<int> TargetCounts { get; }

    /// <summary>Target tokens of a slice taken as a separate sequence: the slice's first label does not count.</summary>
    /// <param name="index">The sequence, from 0 to <see cref="Count"/> - 1.</param>
    /// <param name="start">The slice's first token.</param>
    /// <param name="length">Tokens in the slice, at least 1.</param>
    /// <returns>The number of target tokens.</returns>
    /// <exception cref="ArgumentOutOfRangeException">No such sequence or slice.</exception>
    int CountTargets(int index, int start, int length);

    /// <summary>Copies a slice of a sequence, as many tokens as <paramref name="inputIds"/> is long.</summary>
    /// <param name="index">The sequence, from 0 to <see cref="Count"/> - 1.</param>
    /// <param name="start">The slice's first token.</param>
    /// <param name="inputIds">Receives token ids.</param>
    /// <param name="labels">Receives labels as stored (not shifted); as long as <paramref name="inputIds"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such sequence or slice.</exception>
    void CopyTo(int index, int start, Span<long> inputIds, Span<long> labels);

    /// <summary>Gets the source of a sequence, for messages.</summary>
    /// <param name="index">The sequence, from 0 to <see cref="Count"/> - 1.</param>
    /// <returns>Such as a file and its line; null, the default, where the dataset does not know.</returns>
    string? GetSource(int index) => null;
}
