using System.Globalization;
using LongAlign.Cli.Recipes;
using LongAlign.Cli.Sources;
using LongAlign.Cli.Terminal;
using LongAlign.Evaluation.Needles;
using LongAlign.Evaluation.Reports;
using LongAlign.Evaluation.Runs;
using LongAlign.Requests;

namespace LongAlign.Cli.Evaluations;

/// <summary>Runs the needle test of a recipe.</summary>
internal static class NeedleRun
{
    public static async Task<(NeedleMap Map, EvaluationManifest Manifest)> RunAsync(
        NeedleRecipe recipe, ModelUnderTest model, EvaluateRecipe evaluation, EvaluationManifest manifest, ToolConsole console, CancellationToken cancellationToken)
    {
        IReadOnlyList<NeedlePrompt> prompts = CreatePrompts(recipe, model, evaluation);
        TemplateCheck template = model.CheckTemplate(prompts[0].Text);
        console.Say($"chat template: {template}");
        using RequestJournal journal = OpenJournal(evaluation);
        NeedleMap map = await console.ShowProgressAsync("needles", async progress =>
        {
            CallProgress calls = new(console, progress, prompts.Count, before: journal.ReplyCount);
            using CountingChatClient counted = new(model.Client, calls.Answered);
            using RequestRunner runner = new(counted, journal, model.Requests with { Retrying = calls.Retrying });
            return await NeedleTest.RunAsync(prompts, runner, model.Sampling, cancellationToken);
        });
        await File.WriteAllTextAsync(Path.Combine(evaluation.Out, "needle.md"), $"{map}\nChat template: {template}.\n", cancellationToken);
        string found = map.Mean is { } mean ? string.Create(CultureInfo.InvariantCulture, $"{100 * mean:0.#} % of needles found") : "no reply";
        NeedleHeatMap.SavePng(map, Path.Combine(evaluation.Out, "needle.png"), new NeedleHeatMapOptions { Title = $"{model.Name}: {found}" });
        return (map, manifest.WithTemplate(template).WithNeedles(prompts, evaluation.Seed, model.Sampling));
    }

    /// <summary>Reckons what a run would cost; makes no call.</summary>
    public static CostEstimate DryRun(NeedleRecipe recipe, ModelUnderTest model, EvaluateRecipe evaluation)
    {
        using RequestJournal journal = OpenJournal(evaluation);
        using RequestRunner runner = new(model.Client, journal, model.Requests);
        return NeedleTest.DryRun(CreatePrompts(recipe, model, evaluation), runner, model.Sampling);
    }

    private static IReadOnlyList<NeedlePrompt> CreatePrompts(NeedleRecipe recipe, ModelUnderTest model, EvaluateRecipe evaluation)
        => new NeedleTest(model.Tokenizer, model.Template, Haystack.FromFolder(recipe.Haystack, recipe.Pattern, Encodings.Find(recipe.Encoding))).CreatePrompts(new NeedleTestOptions
        {
            Lengths = recipe.Lengths,
            Depths = recipe.Depths,
            Trials = recipe.Trials,
            Language = recipe.Language,
            Seed = evaluation.Seed,
        });

    private static RequestJournal OpenJournal(EvaluateRecipe evaluation) => RequestJournal.Open(Path.Combine(evaluation.Out, "needle.journal.jsonl"));
}
