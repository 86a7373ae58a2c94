namespace LongAlign.Evaluation.Perplexity;

/// <summary>How well one sequence was predicted.</summary>
public sealed class SequencePerplexity
{
    internal SequencePerplexity(int index, int length, long tokens, double? loss, IReadOnlyList<PositionBucket> buckets)
    {
        Index = index;
        Length = length;
        Tokens = tokens;
        Loss = loss;
        Buckets = buckets;
    }

    /// <summary>Gets its index in the dataset.</summary>
    public int Index { get; }

    /// <summary>Gets the number of its tokens.</summary>
    public int Length { get; }

    /// <summary>Gets the predicted tokens; 0 where it has none.</summary>
    public long Tokens { get; }

    /// <summary>Gets their mean cross entropy, in nats; null where it has none.</summary>
    public double? Loss { get; }

    /// <summary>Gets the losses by position; positions without a predicted token are left out.</summary>
    public IReadOnlyList<PositionBucket> Buckets { get; }
}
