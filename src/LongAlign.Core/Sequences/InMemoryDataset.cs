namespace LongAlign.Sequences;

/// <summary>Sequences held in memory, in the order given.</summary>
/// <example>
/// <code>
/// InMemoryDataset dataset = new(
/// [
///     new TokenSequence(inputIds: [1, 15, 27, 2], labels: [-100, -100, 27, 2]),    // the first two are prompt
///     new TokenSequence(inputIds: [1, 31, 2], labels: [-100, 31, 2]),
/// ]);
/// </code>
/// </example>
public sealed class InMemoryDataset : ISequenceDataset
{
    private readonly TokenSequence[] _sequences;
    private readonly int[] _lengths;
    private readonly int[] _targetCounts;

    /// <summary>Takes the sequences; enumerates <paramref name="sequences"/> once.</summary>
    /// <param name="sequences">At least one sequence.</param>
    /// <exception cref="ArgumentException">There is no sequence, or one is null; the message names its index.</exception>
    public InMemoryDataset(IEnumerable<TokenSequence> sequences)
    {
        ArgumentNullException.ThrowIfNull(sequences);
        _sequences = [.. sequences];
        if (_sequences.Length == 0)
        {
            throw new ArgumentException("The dataset is empty; expected at least one sequence.", nameof(sequences));
        }

        int missing = Array.IndexOf(_sequences, null);
        if (missing >= 0)
        {
            throw new ArgumentException($"Sequence {missing} is null.", nameof(sequences));
        }

        _lengths = Array.ConvertAll(_sequences, sequence => sequence.Length);
        _targetCounts = Array.ConvertAll(_sequences, sequence => sequence.TargetCount);
    }

    /// <inheritdoc/>
    public int Count => _sequences.Length;

    /// <inheritdoc/>
    public ReadOnlySpan<int> Lengths => _lengths;

    /// <inheritdoc/>
    public ReadOnlySpan<int> TargetCounts => _targetCounts;

    /// <summary>Gets a sequence.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> - 1.</param>
    public TokenSequence this[int index] => _sequences[index];

    /// <inheritdoc/>
    public int CountTargets(int index, int start, int length)
    {
        TokenSequence sequence = Slice(index, start, length);
        return sequence.CountTargets(start, length);
    }

    /// <inheritdoc/>
    public void CopyTo(int index, int start, Span<long> inputIds, Span<long> labels)
    {
        TokenSequence sequence = Slice(index, start, inputIds.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(labels.Length, inputIds.Length, nameof(labels));
        Widening.CopyTo(sequence.InputIds.Slice(start, inputIds.Length), inputIds);
        Widening.CopyTo(sequence.Labels.Slice(start, inputIds.Length), labels);
    }

    private TokenSequence Slice(int index, int start, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        TokenSequence sequence = _sequences[index];
        if (start < 0 || length < 1 || start > sequence.Length - length)
        {
            throw new ArgumentOutOfRangeException(
                nameof(start), $"Tokens {start} to {(long)start + length - 1} of sequence {index} were asked for; it has {sequence.Length}.");
        }

        return sequence;
    }
}
