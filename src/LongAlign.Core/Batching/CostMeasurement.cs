namespace LongAlign.Batching;

/// <summary>How long one micro-batch took.</summary>
/// <param name="TokenCount">Its tokens, padding included.</param>
/// <param name="SquaredTokenCount">The sum of the squares of its sequences' lengths; for padded rows, of the rows' width.</param>
/// <param name="Seconds">Forward and backward, in seconds (or any other unit, the same for all).</param>
public readonly record struct CostMeasurement(long TokenCount, long SquaredTokenCount, double Seconds);
