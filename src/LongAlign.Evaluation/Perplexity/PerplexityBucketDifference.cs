using LongAlign.Evaluation.Comparisons;

namespace LongAlign.Evaluation.Perplexity;

/// <summary>Two models' perplexity at some positions.</summary>
/// <param name="A">The base's.</param>
/// <param name="B">The other's.</param>
/// <param name="Sequences">Sequences that reach these positions, compared by their mean log-likelihoods there; null with fewer than two.</param>
public sealed record PerplexityBucketDifference(PositionBucket A, PositionBucket B, PairedComparison? Sequences);
