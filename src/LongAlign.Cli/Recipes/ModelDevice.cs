namespace LongAlign.Cli.Recipes;

/// <summary>The device of a model.</summary>
internal enum ModelDevice
{
    Auto,
    Cpu,
    Cuda,
}
