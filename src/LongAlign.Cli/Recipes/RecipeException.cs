namespace LongAlign.Cli.Recipes;

/// <summary>A recipe can't be used; the message names file, line and option.</summary>
internal sealed class RecipeException(string message) : Exception(message);
