using LongAlign.Cli.Terminal;

namespace LongAlign.Cli.Tests.Commands;

public sealed class MessageTests
{
    private static readonly string Model = ToolRun.Sample("data", "tiny-llama");

    [Fact]
    public async Task Every_error_begins_with_the_word_and_a_recipe_s_faults_do_one_by_one()
    {
        using TemporaryFolder folder = new();
        string recipe = folder.Write("train.yaml", "modell: x\nseeds: 1\n");

        string[] faults = (await ToolRun.OfAsync("train", recipe)).Expect(ExitCode.Usage).Error.TrimEnd().Split('\n');

        Assert.True(faults.Length >= 2);
        Assert.All(faults, fault => Assert.StartsWith("error: ", fault, StringComparison.Ordinal));
        Assert.StartsWith("error: ", (await ToolRun.OfAsync("trian")).Expect(ExitCode.Usage).Error, StringComparison.Ordinal);
        Assert.StartsWith("error: ", (await ToolRun.OfAsync("plan", "nowhere.txt")).Expect(ExitCode.Failed).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "\e[31merror:\e[0m no\n")]
    [InlineData(false, "error: no\n")]
    public void Errors_are_red_where_there_are_colours(bool colours, string expected)
    {
        using StringWriter error = new() { NewLine = "\n" };
        new ToolConsole(TextWriter.Null, error, isInteractive: false, coloursErrors: colours).WriteError("failed", "no");
        Assert.Equal(expected, error.ToString());
    }

    [Fact]
    public async Task A_folder_where_a_file_is_expected_is_called_one()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.File("lengths.txt"));

        Assert.Contains("is a folder; expected a recipe", (await ToolRun.OfAsync("train", folder.FullName)).Expect(ExitCode.Usage).Error, StringComparison.Ordinal);
        Assert.Contains("lengths.txt is a folder; expected a file.", (await ToolRun.OfAsync("plan", folder.File("lengths.txt"))).Expect(ExitCode.Failed).Error, StringComparison.Ordinal);
        Assert.Contains("results.json", (await ToolRun.OfAsync("compare", folder.FullName, folder.FullName)).Expect(ExitCode.Failed).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Messages_speak_of_the_recipe_and_not_of_code()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.File("out/checkpoints/checkpoint-00000004"));
        string recipe = folder.Write("train.yaml", $"model: {{ folder: {Model}, random-weights: true }}\nchats: {{ sources: [{{ path: {ToolRun.Sample("data", "short.jsonl")}, count: 10 }}], max-length: 256 }}\nbatching: {{ capacity: 256 }}\nsteps: 1\nout: out\n");

        ToolRun taken = (await ToolRun.OfAsync("train", recipe, "--set", "resume=false")).Expect(ExitCode.Usage);
        ToolRun template = (await ToolRun.OfAsync("train", recipe, "--set", $"out={folder.File("other")}", "--set", "chats.template=None")).Expect(ExitCode.Failed);

        Assert.Contains("set 'resume' to true to continue it, or name another 'out'", taken.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("(Parameter", template.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Weights_of_another_width_are_three_examples_and_a_count()
    {
        using TemporaryFolder folder = new();
        using (Models.CausalLanguageModel model = Models.CausalLanguageModel.Create(Models.ModelConfig.Load(Model), seed: 1))
        {
            model.SavePretrained(folder.File("model"));
        }

        Data.ModelTokenizer.CopyFiles(Model, folder.File("model"));
        string config = folder.File("model/config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"hidden_size\": 128", "\"hidden_size\": 256", StringComparison.Ordinal).Replace("\"hidden_size\":128", "\"hidden_size\":256", StringComparison.Ordinal));

        string error = (await ToolRun.TypedAsync("", "chat", folder.File("model"))).Expect(ExitCode.Failed).Error;

        Assert.Equal(3, error.Split("has shape").Length - 1);
        Assert.Contains("; and 17 more.", error, StringComparison.Ordinal);
    }
}
