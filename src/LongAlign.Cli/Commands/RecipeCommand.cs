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
        Argument<string> name = new("COMMAND") { Description = "The command that the recipe is for." };
        name.AcceptOnlyFromAmong([.. Recipes.Keys]);
        Option<bool> schema = new("--schema") { Description = "Write the JSON Schema, which editors complete and check recipes with." };
        Option<string?> sample = CommonOptions.Text("--sample", "Write a recipe that runs as it is, with a tiny model and conversations, to a new folder; for train.", "FOLDER");
        Command command = new("recipe", "Write a recipe with every option and what it does.") { name, schema, sample };
        command.Validators.Add(result =>
        {
            if (result.GetValue(sample) is not null && result.GetValue(name) != "train")
            {
                result.AddError("--sample applies to 'longalign recipe train' only.");
            }
        });
        command.Run(console, (parsed, _) =>
        {
            string key = parsed.GetRequiredValue(name);
            if (parsed.GetValue(sample) is { } folder)
            {
                WriteSample(folder, key);
                string recipe = Path.Combine(folder, "train.yaml");
                console.WriteResult(new { Recipe = recipe }, $"Written to {recipe}. Now: longalign train {recipe}");
                return Task.FromResult(ExitCode.Done);
            }

            bool wantsSchema = parsed.GetValue(schema) || console.Json;
            console.WriteResult(SchemaOf(key), wantsSchema ? SchemaOf(key).ToJsonString(ResultJson.Options) : RecipeTemplate.Create(Recipes[key], key));
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    /// <summary>Copies the sample that lies beside the tool, and the schema for editors.</summary>
    private static void WriteSample(string folder, string name)
    {
        string source = Path.Combine(AppContext.BaseDirectory, "sample");
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
        {
            throw new IOException($"{folder} has files already; expected a new folder.");
        }

        foreach (string file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(folder, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        File.WriteAllText(Path.Combine(folder, $"{name}.schema.json"), SchemaOf(name).ToJsonString(ResultJson.Options));
    }

    public static System.Text.Json.Nodes.JsonObject SchemaOf(string name) => RecipeSchema.Create(Recipes[name], $"A recipe of longalign {name}");
}
