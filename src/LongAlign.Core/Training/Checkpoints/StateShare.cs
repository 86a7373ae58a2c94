namespace LongAlign.Training.Checkpoints;

/// <summary>A rank's share of the optimizer state of a parameter.</summary>
/// <param name="Parameter">The parameter's name.</param>
/// <param name="Size">Numbers of the whole parameter.</param>
/// <param name="Start">The first number of the share, in their order.</param>
/// <param name="Shape">Of the share.</param>
internal sealed record StateShare(string Parameter, long Size, long Start, long[] Shape)
{
    /// <summary>Numbers of the share.</summary>
    public long Count => Shape.Aggregate(1L, (count, size) => count * size);
}
