namespace LongAlign.Cli.Recipes;

/// <summary>The type of a model's weights.</summary>
internal enum ModelDtype
{
    Float32,
    Bfloat16,
}
