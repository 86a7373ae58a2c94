namespace LongAlign.Evaluation.Perplexity;

/// <summary>How well tokens at some positions of their sequences were predicted.</summary>
public sealed record PositionBucket
{
    /// <summary>Gets the first position, counted from 0.</summary>
    public required int From { get; init; }

    /// <summary>Gets the position behind the last; null where there is no end.</summary>
    public int? To { get; init; }

    /// <summary>Gets predicted tokens, at least 1.</summary>
    public required long Tokens { get; init; }

    /// <summary>Gets their mean cross entropy, in nats.</summary>
    public required double Loss { get; init; }

    /// <summary>Gets e to the power of the loss: among how many equally likely tokens the model chose, so to say.</summary>
    public double Perplexity => Math.Exp(Loss);
}
