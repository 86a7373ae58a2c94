using LongAlign.Cli.Recipes;
using LongAlign.Data;
using LongAlign.Losses;

namespace LongAlign.Cli.Tests.Recipes;

public sealed class RecipeReaderTests
{
    private const string Train = """
        model:
          folder: models/llama
        chats:
          sources:
            - path: long.jsonl
        out: out
        """;

    [Fact]
    public void A_recipe_has_its_values_and_the_defaults_of_what_it_leaves_out()
    {
        TrainRecipe recipe = Read<TrainRecipe>($$"""
            {{Train}}
            batching: { method: sorted, batch-size: 4 }
            optimizer:
              learning-rate: 1e-4
            loss-weighting: token-mean
            lora:
              rank: 8
              targets: [q_proj, "v_proj"]
            resume: false
            seed: 18446744073709551615
            checkpoints:
            """);

        Assert.Equal(BatchingMethod.Sorted, recipe.Batching.Method);
        Assert.Equal(4, recipe.Batching.BatchSize);
        Assert.Equal(1e-4, recipe.Optimizer.LearningRate);
        Assert.Equal(0.95, recipe.Optimizer.Beta2);
        Assert.Equal(LossReduction.TokenMean, recipe.LossWeighting);
        Assert.Equal(["q_proj", "v_proj"], recipe.Lora.Targets);
        Assert.False(recipe.Resume);
        Assert.Equal(ulong.MaxValue, recipe.Seed);
        Assert.Equal(new CheckpointsRecipe(), recipe.Checkpoints);
        Assert.Null(recipe.Store);
    }

    [Fact]
    public void Json_is_read_as_well()
    {
        TokenizeRecipe recipe = Read<TokenizeRecipe>("""{"tokenizer": "t", "chats": {"sources": [{"path": "a.jsonl", "weight": 0.5}], "overlong": "drop"}, "out": "\u006fut"}""", "recipe.json");

        Assert.Equal("out", Path.GetFileName(recipe.Out));
        Assert.Equal(0.5, recipe.Chats.Sources[0].Weight);
        Assert.Equal(OverlongConversation.Drop, recipe.Chats.Overlong);
    }

    [Fact]
    public void Paths_are_from_the_folder_of_the_recipe_and_addresses_stay_as_they_are()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("recipe.yaml", Train);

        TrainRecipe recipe = RecipeReader.Read<TrainRecipe>(path, ["store=elsewhere"]);

        Assert.Equal(folder.File("out"), recipe.Out);
        Assert.Equal(folder.File("long.jsonl"), recipe.Chats!.Sources[0].Path);
        Assert.Equal(Path.GetFullPath("elsewhere"), recipe.Store); // of the command line, from the current folder
        Assert.Equal("http://x/v1", Read<GenerateDataRecipe>("endpoint: { url: http://x/v1, model: m }\ndocuments: d\ntokenizer: t\nout: o").Endpoint.Url);
    }

    [Theory]
    [InlineData("optimiser: {}", "7:1: there is no option 'optimiser'; did you mean 'optimizer'?")]
    [InlineData("batching:\n  capcity: 5", "8:3: there is no option 'capcity' in 'batching'; did you mean 'capacity'?")]
    [InlineData("loss_weighting: pack-mean", "7:1: there is no option 'loss_weighting'; did you mean 'loss-weighting'?")]
    [InlineData("learning-rate: 1", "7:1: there is no option 'learning-rate'; did you mean 'optimizer.learning-rate'?")]
    [InlineData("batching:\n  flavour: 5", "8:3: there is no option 'flavour' in 'batching'; expected one of method, capacity, overlong, global-batch-size, accumulation, composition, synchronization, algorithm, max-sequences-per-pack, batch-size, uneven-end, costliest-first.")]
    public void An_unknown_option_is_named_with_its_line_and_what_may_have_been_meant(string lines, string fault)
        => Assert.Equal($"recipe.yaml:{fault}", Fault<TrainRecipe>($"{Train}\n{lines}"));

    [Theory]
    [InlineData("epochs: two", "7:9: 'epochs' is 'two'; expected a whole number at least 1.")]
    [InlineData("epochs: 0", "7:9: 'epochs' is '0'; expected a whole number at least 1.")]
    [InlineData("epochs: \"2\"", "7:9: 'epochs' is '2'; expected a whole number at least 1.")]
    [InlineData("epochs: 2.5", "7:9: 'epochs' is '2.5'; expected a whole number at least 1.")]
    [InlineData("epochs:", "7:8: 'epochs' has no value; expected a whole number at least 1.")]
    [InlineData("resume: yes", "7:9: 'resume' is 'yes'; expected true or false.")]
    [InlineData("optimizer: { beta1: 1 }", "7:21: 'beta1' is '1'; expected a number at least 0 and less than 1.")]
    [InlineData("optimizer: { learning-rate: 0 }", "7:29: 'learning-rate' is '0'; expected a number more than 0.")]
    [InlineData("optimizer: { epsilon: .nan }", "7:23: 'epsilon' is '.nan'; expected a number more than 0.")]
    [InlineData("loss-weighting: sequence-maen", "7:17: 'loss-weighting' is 'sequence-maen'; expected one of sequence-mean, token-mean, pack-mean. Did you mean 'sequence-mean'?")]
    [InlineData("lora: 5", "7:7: 'lora' is '5'; expected options with values.")]
    [InlineData("lora: { targets: q_proj }", "7:18: 'targets' is 'q_proj'; expected a list, each item a text.")]
    [InlineData("lora: { targets: [[a]] }", "7:19: item 1 of 'targets' is a list; expected a list, each item a text.")]
    [InlineData("store: [a]", "7:8: 'store' is a list; expected a text.")]
    public void A_wrong_value_is_named_with_what_was_expected(string line, string fault)
        => Assert.Equal($"recipe.yaml:{fault}", Fault<TrainRecipe>($"{Train}\n{line}"));

    [Fact]
    public void All_faults_are_named_at_once_and_missing_options_with_what_they_are_for()
    {
        string[] faults = Fault<TrainRecipe>("model: {}\nepoch: 1\nchats: { sources: [{}, { path: x, count: -1 }] }").Split(Environment.NewLine);

        Assert.Equal(
            [
                "recipe.yaml:1:8: 'folder' is missing in 'model': A Hugging Face folder: config.json, safetensors, tokenizer.",
                "recipe.yaml:2:1: there is no option 'epoch'; did you mean 'epochs'?",
                "recipe.yaml:3:20: 'path' is missing in item 1 of 'sources': A file (JSON Lines, a JSON array, Parquet; .gz or .zst), a folder, or a pattern with * and **.",
                "recipe.yaml:3:42: 'count' is '-1'; expected a whole number at least 0.",
                "recipe.yaml:1:1: 'out' is missing: The folder for the model, checkpoints and reports.",
            ],
            faults);
    }

    [Theory]
    [InlineData("a: [1, 2", "recipe.yaml:2:1: While parsing a flow sequence")]
    [InlineData("out: a\nout: b", "recipe.yaml:2:1: Duplicate key out")]
    [InlineData("- a", "recipe.yaml:1:1: the recipe is a list; expected options with values.")]
    [InlineData("a: 1\n---\nb: 2", "recipe.yaml has 2 YAML documents; expected one.")]
    [InlineData("", "recipe.yaml:1:1: 'model' is missing")]
    public void What_is_no_recipe_is_refused_with_its_place(string text, string beginning)
        => Assert.StartsWith(beginning, Fault<TrainRecipe>(text), StringComparison.Ordinal);

    [Fact]
    public void A_missing_file_is_named()
        => Assert.Contains("nowhere.yaml", Assert.Throws<RecipeException>(() => RecipeReader.Read<TrainRecipe>("nowhere.yaml", [])).Message, StringComparison.Ordinal);

    [Fact]
    public void Changes_of_the_command_line_win_and_make_sections_where_there_are_none()
    {
        TrainRecipe recipe = Read<TrainRecipe>($"{Train}\nepochs: 3\nlora:", changes: ["epochs=5", "lora.rank=4", "lora.targets=[a, b]", "optimizer.learning-rate=1e-3", "chats.template=Llama3"]);

        Assert.Equal(5, recipe.Epochs);
        Assert.Equal(4, recipe.Lora.Rank);
        Assert.Equal(["a", "b"], recipe.Lora.Targets);
        Assert.Equal(1e-3, recipe.Optimizer.LearningRate);
        Assert.Equal("Llama3", recipe.Chats!.Template);
        Assert.Single(recipe.Chats.Sources);
    }

    [Theory]
    [InlineData("epoch=5", "--set epoch: there is no option 'epoch'; did you mean 'epochs'?")]
    [InlineData("lora.rang=5", "--set lora.rang: there is no option 'rang' in 'lora'; did you mean 'rank'?")]
    [InlineData("epochs=many", "--set epochs: 'epochs' is 'many'; expected a whole number at least 1.")]
    [InlineData("epochs", "--set epochs: expected key=value, such as --set optimizer.learning-rate=1e-4.")]
    [InlineData("out.x=1", "--set out.x: 'out' is not a section.")]
    public void A_wrong_change_is_named_as_one_of_the_command_line(string change, string fault)
        => Assert.Equal(fault, Fault<TrainRecipe>(Train, change));

    private static T Read<T>(string text, string name = "recipe.yaml", params string[] changes)
        where T : class
    {
        using TemporaryFolder folder = new();
        return RecipeReader.Read<T>(folder.Write(name, text), changes);
    }

    private static string Fault<T>(string text, params string[] changes)
        where T : class
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("recipe.yaml", text);
        return Assert.Throws<RecipeException>(() => RecipeReader.Read<T>(path, changes)).Message.Replace(path, "recipe.yaml", StringComparison.Ordinal);
    }
}
