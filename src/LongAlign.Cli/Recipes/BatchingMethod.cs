namespace LongAlign.Cli.Recipes;

/// <summary>The paper's three batchings.</summary>
internal enum BatchingMethod
{
    Packing,
    Sorted,
    Naive,
}
