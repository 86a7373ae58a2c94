namespace LongAlign.Cli.Recipes;

/// <summary>The batchings that a recipe may name.</summary>
internal enum BatchingMethod
{
    Packing,
    PacksFirst,
    BalancedPacks,
    Sorted,
    Naive,
}
