using LongAlign.Packing;

namespace LongAlign.Cli.Planning;

/// <summary>Packing algorithms by name.</summary>
internal static class Algorithms
{
    public static string[] Names { get; } = ["best-fit", "first-fit", "sequential", "shortest-pack-first"];

    public static IPackingAlgorithm Find(string name) => name switch
    {
        "first-fit" => PackingAlgorithm.FirstFitDecreasing,
        "sequential" => PackingAlgorithm.Sequential,
        "shortest-pack-first" => PackingAlgorithm.ShortestPackFirst,
        _ => PackingAlgorithm.BestFitDecreasing,
    };
}
