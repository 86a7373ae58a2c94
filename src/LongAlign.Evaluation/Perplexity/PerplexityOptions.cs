namespace LongAlign.Evaluation.Perplexity;

/// <summary>The options of measuring perplexity.</summary>
public sealed record PerplexityOptions
{
    /// <summary>Gets the ends of the buckets of positions, rising; positions from the last on are a separate bucket.</summary>
    /// <value>1,024, 2,048, 4,096, 8,192, 16,384, 32,768 and 65,536 unless set.</value>
    public IReadOnlyList<int> Bounds { get; init; } = [1_024, 2_048, 4_096, 8_192, 16_384, 32_768, 65_536];

    /// <summary>Gets the most tokens of a pack, unless a sequence has more. It decides memory, not the result.</summary>
    /// <value>16,384 unless set.</value>
    public int Capacity { get; init; } = 16_384;
}
