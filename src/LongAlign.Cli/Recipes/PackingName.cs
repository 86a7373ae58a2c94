namespace LongAlign.Cli.Recipes;

/// <summary>Packing algorithms by name, as in <see cref="Planning.Algorithms"/>.</summary>
internal enum PackingName
{
    BestFit,
    FirstFit,
    Sequential,
    ShortestPackFirst,
}
