using System.Text.Json;
using LongAlign.Cli.Commands;
using LongAlign.Cli.Recipes;
using LongAlign.Cli.Terminal;
using NJsonSchema;
using YamlDotNet.Serialization;

namespace LongAlign.Cli.Tests.Recipes;

public sealed class RecipeSchemaTests
{
    public static TheoryData<string> Names => [.. RecipeCommand.Recipes.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_shipped_schema_is_that_of_the_recipe(string name)
        => Assert.Equal(
            RecipeCommand.SchemaOf(name).ToJsonString(ResultJson.Options),
            File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "schemas", $"{name}.schema.json")).TrimEnd().ReplaceLineEndings());

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_sample_recipe_fits_the_schema_and_is_read(string name)
    {
        string path = ToolRun.Sample("recipes", $"{name}.yaml");

        Assert.Empty(await FaultsAsync(name, File.ReadAllText(path)));
        Assert.NotNull(Read(name, path));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_option_has_a_description_and_the_docs_have_the_recipe_with_all_of_them(string name)
    {
        Assert.All(AllOf(RecipeCommand.Recipes[name], ""), option => Assert.EndsWith(".", option.Property.Description, StringComparison.Ordinal));
        Assert.Contains(
            RecipeTemplate.Create(RecipeCommand.Recipes[name], name),
            File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", "cli.md")).ReplaceLineEndings("\n"),
            StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_recipe_to_begin_with_lists_every_option_and_is_valid_once_what_is_required_is_filled_in(string name)
    {
        ToolRun run = (await ToolRun.OfAsync("recipe", name)).Expect(ExitCode.Done);
        foreach ((string path, RecipeProperty property) in AllOf(RecipeCommand.Recipes[name], ""))
        {
            Assert.True(run.Output.Contains($"{property.Key}:", StringComparison.Ordinal), $"{path} is missing.");
        }

        // All that is a comment or has no value is left out: what stays is refused for what is required alone.
        using TemporaryFolder folder = new();
        string[] faults = Assert.Throws<RecipeException>(() => Read(name, folder.Write("recipe.yaml", run.Output))).Message.Split(Environment.NewLine);
        Assert.All(faults, fault => Assert.Matches("is missing|is empty", fault));
    }

    [Theory]
    [InlineData("out: o\nmodel: { folder: f }\nstore: s", true)]
    [InlineData("out: o\nmodel: { folder: f }\nstore: s\nsteps: null\nlora: { rank: null }\noptimizer:", true)]
    [InlineData("out: o\nmodel: { folder: f, dtype: bfloat16 }\noptimizer: { learning-rate: 2e-5, beta1: 0 }", true)]
    [InlineData("out: o\nmodel: { folder: f }\nlora: { targets: [a] }\nchats: { sources: [ { path: p, weight: 2 } ] }", true)]
    [InlineData("out: o", false)]
    [InlineData("out: o\nmodel: { }", false)]
    [InlineData("out: o\nmodel: { folder: f }\nsomething: 1", false)]
    [InlineData("out: o\nmodel: { folder: f, dtype: float16 }", false)]
    [InlineData("out: o\nmodel: { folder: f }\nepochs: 0", false)]
    [InlineData("out: o\nmodel: { folder: f }\nepochs: 1.5", false)]
    [InlineData("out: o\nmodel: { folder: f }\nepochs: null", false)]
    [InlineData("out: o\nmodel: { folder: f }\nepochs: 'three'", false)]
    [InlineData("out: o\nmodel: { folder: f }\nresume: maybe", false)]
    [InlineData("out: o\nmodel: { folder: f }\noptimizer: { beta1: 1 }", false)]
    [InlineData("out: o\nmodel: { folder: f }\noptimizer: { learning-rate: 0 }", false)]
    [InlineData("out: o\nmodel: { folder: f }\nlora: { targets: a }", false)]
    [InlineData("out: o\nmodel: { folder: f }\nchats: { sources: [ { weight: 2 } ] }", false)]
    [InlineData("out: o\nmodel: { folder: f }\nschedule: { warmup-ratio: 1.5 }", false)]
    public async Task The_schema_and_the_reader_agree(string recipe, bool isValid)
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("recipe.yaml", recipe);

        Assert.Equal(isValid, (await FaultsAsync("train", recipe)).Count == 0);
        Assert.Equal(isValid, Record.Exception(() => Read("train", path)) is null);
    }

    [Fact]
    public async Task The_schema_is_written_by_the_command()
    {
        JsonElement schema = (await ToolRun.OfAsync("recipe", "train", "--schema")).Expect(ExitCode.Done).Json;

        JsonElement epochs = schema.GetProperty("properties").GetProperty("epochs");
        Assert.Equal(2, epochs.GetProperty("default").GetInt32());
        Assert.Equal("The number of times that every sequence is seen.", epochs.GetProperty("description").GetString());
        Assert.Equal(["model", "out"], schema.GetProperty("required").EnumerateArray().Select(key => key.GetString()));
    }

    private static IEnumerable<(string Path, RecipeProperty Property)> AllOf(Type section, string prefix)
        => RecipeProperty.Of(section).SelectMany(property => property.IsSection
            ? AllOf(property.ValueType, $"{prefix}{property.Key}.").Prepend((prefix + property.Key, property))
            : [(prefix + property.Key, property)]);

    private static object Read(string name, string path) => name switch
    {
        "tokenize" => RecipeReader.Read<TokenizeRecipe>(path, []),
        "train" => RecipeReader.Read<TrainRecipe>(path, []),
        "generate-data" => RecipeReader.Read<GenerateDataRecipe>(path, []),
        _ => RecipeReader.Read<EvaluateRecipe>(path, []),
    };

    private static async Task<IReadOnlyCollection<object>> FaultsAsync(string name, string yaml)
    {
        JsonSchema schema = await JsonSchema.FromJsonAsync(RecipeCommand.SchemaOf(name).ToJsonString());
        object? recipe = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build().Deserialize<object?>(yaml);
        return [.. schema.Validate(JsonSerializer.Serialize(recipe))];
    }
}
