namespace LongAlign.Evaluation.Perplexity;

/// <summary>How well tokens at some positions of their sequences were predicted.</summary>
/// <param name="From">The first position, counted from 0.</param>
/// <param name="To">The position behind the last; null where there is no end.</param>
/// <param name="Tokens">Predicted tokens, at least 1.</param>
/// <param name="Loss">Their mean cross entropy, in nats.</param>
public sealed record PositionBucket(int From, int? To, long Tokens, double Loss)
{
    /// <summary>Gets e to the power of the loss: among how many equally likely tokens the model chose, so to say.</summary>
    public double Perplexity => Math.Exp(Loss);
}
