using System.CommandLine;
using LongAlign.Cli.Evaluations;
using LongAlign.Cli.Recipes;
using LongAlign.Cli.Terminal;
using LongAlign.Data;
using LongAlign.Evaluation.Judging;
using LongAlign.Evaluation.Needles;
using LongAlign.Evaluation.Runs;
using LongAlign.Requests;

namespace LongAlign.Cli.Commands;

/// <summary><c>longalign evaluate</c>: the needle test and LongBench-Chat.</summary>
internal static class EvaluateCommand
{
    public const string ResultsFile = "results.json";

    public static Command Create(ToolConsole console)
    {
        RecipeOptions<EvaluateRecipe> options = new();
        Option<bool> dryRun = new("--dry-run") { Description = "Estimate the highest cost, and send nothing." };
        Command command = new("evaluate", "Evaluate a model of a folder or behind an endpoint. Stopped at any time, the same command resumes.") { dryRun };
        options.AddTo(command);
        command.Run(console, (parsed, cancellationToken) => RunAsync(options.Read(parsed), parsed.GetValue(dryRun), console, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(EvaluateRecipe recipe, bool isDryRun, ToolConsole console, CancellationToken cancellationToken)
    {
        if (recipe is { Needle: null, LongBenchChat: null })
        {
            throw new RecipeException("The recipe has neither needle nor long-bench-chat; expected at least one of them.");
        }

        using ModelUnderTest model = ModelUnderTest.Open(recipe);
        Directory.CreateDirectory(recipe.Out);
        if (isDryRun)
        {
            DryRun(recipe, model, console);
            return ExitCode.Done;
        }

        EvaluationManifest manifest = model.Manifest;
        (NeedleMap? map, ChatScores? scores) = (null, null);
        if (recipe.Needle is { } needles)
        {
            (map, manifest) = await NeedleRun.RunAsync(needles, model, recipe, manifest, console, cancellationToken);
        }

        if (recipe.LongBenchChat is { } cases)
        {
            (scores, manifest) = await ChatRun.RunAsync(cases, model, recipe, manifest, console, cancellationToken);
        }

        new EvaluationResults(manifest, scores, map).Save(Path.Combine(recipe.Out, ResultsFile));
        NeedleOutcome? needle = map is null ? null : NeedleOutcome.Of(map);
        ChatOutcome? chat = scores is null ? null : ChatOutcome.Of(scores);
        DataReport?[] reports = [EvaluationReports.Of(map), EvaluationReports.Of(scores)];
        DataReports.Say(console, reports);
        DataReports.Save(Path.Combine(recipe.Out, DataReports.FileName), reports);
        console.WriteResult(
            new { Model = model.Name, Template = manifest.Entries["template"], Needle = needle, LongBenchChat = chat, recipe.Out, Data = DataReports.Results(reports) },
            $"{needle?.Text}{chat?.Text}Chat template: {manifest.Entries["template"]}\nWritten to {recipe.Out}");
        return ExitCode.Done;
    }

    private static void DryRun(EvaluateRecipe recipe, ModelUnderTest model, ToolConsole console)
    {
        CostEstimate? needle = recipe.Needle is { } needles ? NeedleRun.DryRun(needles, model, recipe) : null;
        (CostEstimate? answers, CostEstimate? verdicts) = recipe.LongBenchChat is { } cases ? ChatRun.DryRun(cases, model, recipe) : (null, null);
        (string Name, CostEstimate? Estimate)[] parts = [("needles", needle), ("answers", answers), ("verdicts", verdicts)];
        console.WriteResult(
            new { Needle = needle, Answers = answers, Verdicts = verdicts, Cost = parts.Sum(part => part.Estimate?.Cost ?? 0) },
            string.Join('\n', parts.Where(part => part.Estimate is not null).Select(part => $"{part.Name}: {part.Estimate}")));
    }
}
