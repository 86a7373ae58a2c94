namespace LongAlign.Cli.Recipes;

/// <summary>The option is a file or folder: a relative one is looked for from the recipe's folder.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class RecipePathAttribute : Attribute;
