namespace LongAlign.Data;

/// <summary>How many rows are drawn from each source.</summary>
internal static class MixCounts
{
    /// <exception cref="InvalidOperationException">A source has fewer rows than were asked for.</exception>
    public static int[] Of(IReadOnlyList<MixSource> sources, int[] available)
    {
        double weights = sources.Sum(source => source.Weight ?? 0);

        // The most rows of which every weighted source has its share.
        double total = sources.Select((source, s) => source.Weight is { } weight ? available[s] * weights / weight : double.PositiveInfinity).Min();
        int[] counts = new int[sources.Count];
        for (int s = 0; s < counts.Length; s++)
        {
            MixSource source = sources[s];
            counts[s] = source.Weight is { } weight ? Math.Min(available[s], (int)Math.Round(total * weight / weights)) : source.Count ?? available[s];
            if (counts[s] > available[s])
            {
                throw new InvalidOperationException($"{counts[s]} rows of source {s} were asked for; it has {available[s]}, without those that are there twice.");
            }
        }

        return counts;
    }
}
