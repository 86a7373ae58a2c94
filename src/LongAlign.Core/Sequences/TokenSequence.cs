namespace LongAlign.Sequences;

/// <summary>
/// One tokenized conversation: input ids and a label for each of them. Immutable; both arrays are copied.
/// </summary>
/// <remarks>
/// Labels are not shifted: <c>Labels[t]</c> equals <c>InputIds[t]</c> where token <c>t</c> is to be predicted (from the
/// tokens before it) and is <see cref="IgnoreIndex"/> elsewhere. The first token has no predecessor, so its label never
/// counts as a target.
/// </remarks>
public sealed class TokenSequence
{
    /// <summary>The label of a token that is not predicted, as in PyTorch's cross entropy.</summary>
    public const int IgnoreIndex = -100;

    private readonly int[] _inputIds;
    private readonly int[] _labels;

    /// <summary>Copies ids and labels of one sequence.</summary>
    /// <param name="inputIds">Token ids, at least one, none negative.</param>
    /// <param name="labels">One label for each id: a token id, or <see cref="IgnoreIndex"/>.</param>
    /// <exception cref="ArgumentException">Empty, of different lengths, or with an id or label out of range; the message names the position.</exception>
    public TokenSequence(ReadOnlySpan<int> inputIds, ReadOnlySpan<int> labels)
    {
        if (inputIds.IsEmpty)
        {
            throw new ArgumentException("A sequence has no tokens; expected at least one.", nameof(inputIds));
        }

        if (inputIds.Length != labels.Length)
        {
            throw new ArgumentException(
                $"A sequence has {inputIds.Length} input ids and {labels.Length} labels; expected one label for each id.", nameof(labels));
        }

        if (inputIds.IndexOfAnyInRange(int.MinValue, -1) is >= 0 and var negative)
        {
            throw new ArgumentException($"Input id {inputIds[negative]} at position {negative} is negative.", nameof(inputIds));
        }

        int unknown = labels.IndexOfAnyInRange(int.MinValue, IgnoreIndex - 1);
        unknown = unknown >= 0 ? unknown : labels.IndexOfAnyInRange(IgnoreIndex + 1, -1);
        if (unknown >= 0)
        {
            throw new ArgumentException(
                $"Label {labels[unknown]} at position {unknown} is neither a token id nor {IgnoreIndex} (no target).", nameof(labels));
        }

        _inputIds = inputIds.ToArray();
        _labels = labels.ToArray();
        TargetCount = CountTargets(0, Length);
    }

    /// <summary>The number of tokens, at least 1.</summary>
    public int Length => _inputIds.Length;

    /// <summary>Token ids, <see cref="Length"/> of them.</summary>
    public ReadOnlySpan<int> InputIds => _inputIds;

    /// <summary>Labels, <see cref="Length"/> of them; not shifted.</summary>
    public ReadOnlySpan<int> Labels => _labels;

    /// <summary>N_i of the paper's Eq. 2: labels other than <see cref="IgnoreIndex"/>, the first token's label left out.</summary>
    public int TargetCount { get; }

    /// <summary>Target tokens of a slice taken as a separate sequence, so that the slice's first label does not count.</summary>
    internal int CountTargets(int start, int length) => TargetTokens.Count(_labels.AsSpan(start, length));
}
