namespace LongAlign.Benchmarks.Checks;

/// <summary>The dense mask against a fill of the same bytes.</summary>
internal static class MaskChecks
{
    public static IEnumerable<Figure> Run()
    {
        MaskBenchmarks mask = new();
        (double fill, double written) = Stopwatches.Best(mask.Fill, mask.Bool);
        yield return new Figure($"bool causal mask of {mask.Bytes >> 20} MiB, time against a fill", written / fill, "x", AtMost: 3);
    }
}
