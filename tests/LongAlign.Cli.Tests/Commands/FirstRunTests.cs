using System.Text.Json;
using System.Xml.Linq;
using LongAlign.Cli.Recipes;
using LongAlign.Cli.Sources;

namespace LongAlign.Cli.Tests.Commands;

/// <summary>What a newcomer does first: the sample recipe, a run, its page, and a word with the model.</summary>
public sealed class FirstRunTests
{
    [Fact]
    [Trait("Speed", "Slow")]
    public async Task The_sample_recipe_trains_as_it_is_and_its_run_is_drawn_and_talked_to()
    {
        using TemporaryFolder folder = new();
        string sample = folder.File("sample");
        (await ToolRun.OfAsync("recipe", "train", "--sample", sample)).Expect(ExitCode.Done);
        string recipe = Path.Combine(sample, "train.yaml");
        string run = Path.Combine(sample, "run");

        ToolRun trained = (await ToolRun.OfAsync("train", recipe, "--set", "steps=4")).Expect(ExitCode.Done);
        ToolRun again = (await ToolRun.OfAsync("train", recipe, "--set", "steps=4")).Expect(ExitCode.Done);

        Assert.Contains("Model: llama, 1,393,280 parameters, all of them trained; Float32 on cpu", trained.Error, StringComparison.Ordinal);
        Assert.Contains("Run: 4 steps, 52 an epoch; 10 sequences a step on average; ", trained.Error, StringComparison.Ordinal);
        Assert.Contains("packs an epoch, of sequences up to 1,024 tokens", trained.Error, StringComparison.Ordinal);
        Assert.Matches("training step 4/4, epoch 1, loss [0-9.]+, rate [0-9.e-]+, [0-9,]+ tokens/s, padding 0.0 %, 0:..:.. passed, 0:..:.. left", trained.Error);
        Assert.Matches(@"4 steps, loss [0-9.]+ \(mean of the last step\), held-out loss [0-9.]+, ", trained.Output);
        Assert.Contains("model/, run.jsonl, board/, checkpoints/, recipe.json, report.json", trained.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("finished before", trained.Error, StringComparison.Ordinal);
        Assert.Contains("This run was finished before, after step 4; nothing was trained.", again.Error, StringComparison.Ordinal);

        string card = File.ReadAllText(Path.Combine(run, "model/README.md"));
        Assert.StartsWith("---\ntags:\n- longalign\n", card, StringComparison.Ordinal);
        Assert.Contains("| data | chats.jsonl: 520 sequences, ", card, StringComparison.Ordinal);
        Assert.Contains("| learning rate | 2.0e-3, cosine, AdamW", card, StringComparison.Ordinal);
        Assert.DoesNotContain(folder.FullName, card, StringComparison.Ordinal); // a card goes to others

        TrainRecipe whole = RecipeReader.Read<TrainRecipe>(Path.Combine(run, "recipe.json"), []);
        Assert.Equal((4, 1_024, 2e-3, 20), (whole.Steps, whole.Batching.Capacity, whole.Optimizer.LearningRate, whole.Evaluation.HoldOut));

        ToolRun drawn = (await ToolRun.OfAsync("report", run)).Expect(ExitCode.Done);
        Assert.Contains("steps: 4 of 4", drawn.Output, StringComparison.Ordinal);
        XElement page = XElement.Parse(File.ReadAllText(Path.Combine(run, "report.html"))["<!DOCTYPE html>\n".Length..]);
        Assert.Equal("run", page.Element("head")!.Element("title")!.Value);
        XElement loss = page.Descendants("svg").Single(svg => (string?)svg.Attribute("aria-label") == "Loss");
        Assert.Equal(4, loss.Elements("circle").Count()); // raw points
        Assert.Equal(2, loss.Elements("polyline").Count()); // their mean, and the held-out loss
        Assert.Contains(page.Descendants("li"), entry => entry.Value.StartsWith("held-out loss: ", StringComparison.Ordinal));

        ToolRun talk = (await ToolRun.TypedAsync("Name a whale.\n\n/nothing\nAnd another.\n/new\nName a ship.\n/exit\nNever asked.\n", "chat", run, "--max-tokens", "3", "--json")).Expect(ExitCode.Done);
        Assert.Equal("run", talk.Json.GetProperty("model").GetString());
        Assert.Equal(["user", "assistant"], talk.Json.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("role").GetString()));
        Assert.Equal("Name a ship.", talk.Json.GetProperty("messages")[0].GetProperty("content").GetString());
        Assert.Contains("There is no command /nothing.", talk.Error, StringComparison.Ordinal);
        Assert.Equal(3, talk.Error.Split(" in the prompt").Length - 1);

        ToolRun plain = (await ToolRun.TypedAsync("Name a whale.\n", "chat", run, "--max-tokens", "3", "--system", "Be brief.")).Expect(ExitCode.Done);
        Assert.Single(plain.Output.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task A_sample_is_written_to_a_new_folder_only_and_of_training_only()
    {
        using TemporaryFolder folder = new();
        folder.Write("there.txt", "mine");

        Assert.Contains("has files already; expected a new folder", (await ToolRun.OfAsync("recipe", "train", "--sample", folder.FullName)).Expect(ExitCode.Failed).Error, StringComparison.Ordinal);
        Assert.Contains("--sample applies to", (await ToolRun.OfAsync("recipe", "evaluate", "--sample", folder.File("x"))).Expect(ExitCode.Usage).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_runs_are_drawn_over_each_other_with_where_their_recipes_differ()
    {
        using TemporaryFolder folder = new();
        foreach ((string name, double rate) in new[] { ("a", 1e-3), ("b", 2e-3) })
        {
            Directory.CreateDirectory(folder.File(name));
            folder.Write($"{name}/run.jsonl", string.Concat(Enumerable.Range(1, 40).Select(step => Step(step, 5 - (step * rate)))) + (name == "a" ? "{\"kind\":\"st" : "")); // cut: it is being written
            folder.Write($"{name}/recipe.json", JsonSerializer.Serialize(new { seed = 42, optimizer = new { rate } }));
        }

        ToolRun run = (await ToolRun.OfAsync("report", folder.File("a"), folder.File("b"), "--out", folder.File("both.html"), "--json")).Expect(ExitCode.Done);

        string page = File.ReadAllText(folder.File("both.html"));
        Assert.Equal(["a", "b"], run.Json.GetProperty("runs").EnumerateArray().Select(one => one.GetProperty("name").GetString()));
        Assert.Equal(4.9615, run.Json.GetProperty("runs")[0].GetProperty("finalLoss").GetDouble(), 1e-9); // the mean of the last four
        Assert.Contains("a, training loss, mean of 2 steps: 4.9605 at the end", page, StringComparison.Ordinal);
        Assert.Contains("b, training loss, mean of 2 steps: 4.921 at the end", page, StringComparison.Ordinal);
        Assert.Contains("40 of 100", page, StringComparison.Ordinal);
        XElement table = XElement.Parse(page["<!DOCTYPE html>\n".Length..]).Descendants("h2").Single(heading => heading.Value == "Where the recipes differ").ElementsAfterSelf().First();
        Assert.Equal(["optimizer.rate", "0.001", "0.002"], table.Descendants("tbody").Elements("tr").Single().Elements().Select(cell => cell.Value));
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);

        static string Step(int step, double loss) => JsonSerializer.Serialize(new
        {
            kind = "step",
            step,
            totalSteps = 100,
            loss,
            learningRate = 1e-3,
            gradientNorm = 1.5,
            tokens = 1_000L,
            tokensPerSecond = 900.0,
            stepTokensPerSecond = 950.0,
            paddingShare = 0.25,
            elapsed = step * 1.5,
            peakMemoryBytes = 1L << 30,
            skippedSteps = 0,
        }) + "\n";
    }

    [Fact]
    public async Task What_is_no_run_is_named_with_its_line()
    {
        using TemporaryFolder folder = new();
        folder.Write("run.jsonl", "{\"kind\":\"step\"}\n{}\n");

        Assert.Contains("run.jsonl:1: expected a step or an evaluation", (await ToolRun.OfAsync("report", folder.FullName)).Expect(ExitCode.Failed).Error, StringComparison.Ordinal);
        Assert.Contains("has no run.jsonl; expected the folder of a run", (await ToolRun.OfAsync("report", folder.File("none"))).Expect(ExitCode.Failed).Error, StringComparison.Ordinal);
        Assert.Contains("has not saved its model yet", (await ToolRun.OfAsync("chat", folder.FullName)).Expect(ExitCode.Failed).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("runs/first/model", "first")]
    [InlineData("runs/second/adapter/", "second")]
    [InlineData("models/Llama-3.2-1B", "Llama-3.2-1B")]
    public void A_trained_model_has_its_run_s_name(string folder, string name) => Assert.Equal(name, LocalModel.NameOf(folder));
}
