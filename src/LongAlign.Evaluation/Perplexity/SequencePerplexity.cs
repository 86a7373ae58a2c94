namespace LongAlign.Evaluation.Perplexity;

/// <summary>How well one sequence was predicted.</summary>
/// <param name="Index">Its index in the dataset.</param>
/// <param name="Length">Its tokens.</param>
/// <param name="Tokens">Predicted tokens; 0 where it has none.</param>
/// <param name="Loss">Their mean cross entropy, in nats; null where it has none.</param>
/// <param name="Buckets">By position; positions without a predicted token are left out.</param>
public sealed record SequencePerplexity(int Index, int Length, long Tokens, double? Loss, IReadOnlyList<PositionBucket> Buckets);
