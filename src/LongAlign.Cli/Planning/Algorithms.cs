using LongAlign.Cli.Recipes;
using LongAlign.Packing;

namespace LongAlign.Cli.Planning;

/// <summary>Packing algorithms by name.</summary>
internal static class Algorithms
{
    /// <summary>The first is the default.</summary>
    public static IReadOnlyDictionary<string, IPackingAlgorithm> ByName { get; } = new OrderedDictionary<string, IPackingAlgorithm>
    {
        ["best-fit"] = PackingAlgorithm.BestFitDecreasing,
        ["first-fit"] = PackingAlgorithm.FirstFitDecreasing,
        ["sequential"] = PackingAlgorithm.Sequential,
        ["shortest-pack-first"] = PackingAlgorithm.ShortestPackFirst,
    };

    public static IPackingAlgorithm Find(PackingName name) => ByName[RecipeProperty.KeyOf(name.ToString())];
}
