namespace LongAlign.Training;

/// <summary>The loss of held-out sequences of about one length.</summary>
public sealed class EvaluationBucket
{
    /// <summary>Gets the most tokens of a sequence in the bucket.</summary>
    /// <value>4,096, 8,192, 16,384, 32,768 or 65,536; null for those that are longer.</value>
    public required int? MaxTokens { get; init; }

    /// <summary>Gets a name for charts and columns.</summary>
    /// <value><c>4k</c>, <c>8k</c>, <c>16k</c>, <c>32k</c>, <c>64k</c> or <c>beyond</c>.</value>
    public required string Name { get; init; }

    /// <summary>Gets the sequences that have a target token, at least 1.</summary>
    public required int Sequences { get; init; }

    /// <summary>Gets their target tokens.</summary>
    public required long TargetTokens { get; init; }

    /// <summary>Gets the mean of the sequences' mean cross entropies, in nats.</summary>
    public required double SequenceLoss { get; init; }

    /// <summary>Gets the mean cross entropy of the target tokens, in nats.</summary>
    public required double TokenLoss { get; init; }
}
