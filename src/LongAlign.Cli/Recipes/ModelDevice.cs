namespace LongAlign.Cli.Recipes;

/// <summary>Where a model is.</summary>
internal enum ModelDevice
{
    Auto,
    Cpu,
    Cuda,
}
