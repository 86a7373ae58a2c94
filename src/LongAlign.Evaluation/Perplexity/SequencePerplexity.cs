namespace LongAlign.Evaluation.Perplexity;

/// <summary>The perplexity of one sequence.</summary>
public sealed class SequencePerplexity
{
    /// <summary>Gets its index in the dataset.</summary>
    public required int Index { get; init; }

    /// <summary>Gets the number of its tokens.</summary>
    public required int Length { get; init; }

    /// <summary>Gets the predicted tokens; 0 where it has none.</summary>
    public required long Tokens { get; init; }

    /// <summary>Gets their mean cross entropy, in nats; null where it has none.</summary>
    public required double? Loss { get; init; }

    /// <summary>Gets the losses by position; positions without a predicted token are left out.</summary>
    public required IReadOnlyList<PositionBucket> Buckets { get; init; }
}
