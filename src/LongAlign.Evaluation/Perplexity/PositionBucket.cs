namespace LongAlign.Evaluation.Perplexity;

/// <summary>The perplexity of tokens at a range of positions in their sequences.</summary>
public sealed record PositionBucket
{
    /// <summary>Gets the first position, counted from 0.</summary>
    public required int From { get; init; }

    /// <summary>Gets the position behind the last; null where there is no end.</summary>
    public int? To { get; init; }

    /// <summary>Gets the number of predicted tokens, at least 1.</summary>
    public required long Tokens { get; init; }

    /// <summary>Gets their mean cross entropy, in nats.</summary>
    public required double Loss { get; init; }

    /// <summary>Gets e to the power of the loss: the number of equally likely tokens that would give it.</summary>
    public double Perplexity => Math.Exp(Loss);
}
