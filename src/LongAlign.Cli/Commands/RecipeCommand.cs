using System.CommandLine;
using LongAlign.Cli.Recipes;
using LongAlign.Cli.Terminal;

namespace LongAlign.Cli.Commands;

/// <summary><c>longalign recipe</c>: a recipe to begin with, or its JSON Schema for an editor.</summary>
internal static class RecipeCommand
{
    public static IReadOnlyDictionary<string, Type> Recipes { get; } = new Dictionary<string, Type>
    {
        ["tokenize"] = typeof(TokenizeRecipe),
        ["train"] = typeof(TrainRecipe),
        ["generate-data"] = typeof(GenerateDataRecipe),
        ["evaluate"] = typeof(EvaluateRecipe),
    };

    public static Command Create(ToolConsole console)
    {
        Argument<string> name = new("COMMAND") { Description = "Whose recipe." };
        name.AcceptOnlyFromAmong([.. Recipes.Keys]);
        Option<bool> schema = new("--schema") { Description = "Write the JSON Schema, which editors complete and check recipes with." };
        Command command = new("recipe", "Write a recipe with every option and what it does.") { name, schema };
        command.Run(console, (parsed, _) =>
        {
            string key = parsed.GetRequiredValue(name);
            bool wantsSchema = parsed.GetValue(schema) || console.Json;
            console.WriteResult(SchemaOf(key), wantsSchema ? SchemaOf(key).ToJsonString(ResultJson.Options) : RecipeTemplate.Create(Recipes[key], key));
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    public static System.Text.Json.Nodes.JsonObject SchemaOf(string name) => RecipeSchema.Create(Recipes[name], $"A recipe of longalign {name}");
}
