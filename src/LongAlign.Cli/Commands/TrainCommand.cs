using System.CommandLine;
using System.Globalization;
using LongAlign.Cli.Recipes;
using LongAlign.Cli.Sources;
using LongAlign.Cli.Terminal;
using LongAlign.Cli.Training;
using LongAlign.Data;
using LongAlign.Models;
using LongAlign.Native;
using LongAlign.Training;

namespace LongAlign.Cli.Commands;

/// <summary><c>longalign train</c>: the recipe of the paper on a model's folder.</summary>
internal static class TrainCommand
{
    public static Command Create(ToolConsole console)
    {
        RecipeOptions<TrainRecipe> options = new();
        Command command = new("train", "Train a model. Stopped at any time, the same command goes on.");
        options.AddTo(command);
        command.Run(console, (parsed, cancellationToken) => RunAsync(options.Read(parsed), console, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(TrainRecipe recipe, ToolConsole console, CancellationToken cancellationToken)
    {
        TrainingData.Check(recipe);
        recipe.Batching.Check();
        _ = recipe.Schedule.ToSchedule(); // contradictions come before the model is loaded
        TorchRuntime.EnsureAvailable();
        using CausalLanguageModel model = LocalModels.Load(recipe.Model, recipe.Seed);
        using TrainingData data = TrainingData.Open(recipe, model.MaxPositions);
        DataReports.Say(console, data.Report, data.HeldOutReport);
        DataReports.Save(Path.Combine(recipe.Out, DataReports.FileName), data.Report, data.HeldOutReport);
        console.Say(string.Create(CultureInfo.InvariantCulture, $"{model.Config.ModelType}, {model.parameters().Sum(parameter => parameter.numel()):N0} parameters; {data.Description}"));
        (TrainingResult result, bool isCancelled) = await OrCancelledAsync(console.ShowProgressAsync("training", progress =>
        {
            LongAlignTrainer trainer = TrainerOf(recipe, model, data, console, progress);
            return recipe.Steps is { } steps ? trainer.TrainStepsAsync(steps, cancellationToken) : trainer.TrainAsync(recipe.Epochs, cancellationToken);
        }));
        (string? folder, string? adapter) = isCancelled ? (null, null) : Save(recipe, model);
        console.WriteResult(
            new
            {
                result.Steps,
                result.FinalLoss,
                result.Tokens,
                result.TokensPerSecond,
                result.PaddingShare,
                result.SkippedSteps,
                Seconds = result.Elapsed.TotalSeconds,
                result.BestEvaluation?.SequenceLoss,
                IsCancelled = isCancelled,
                result.Checkpoint,
                Model = folder,
                Adapter = adapter,
                Data = DataReports.Results(data.Report, data.HeldOutReport),
            },
            string.Create(CultureInfo.InvariantCulture, $"{result.Steps} steps, loss {result.FinalLoss:F4}, {result.TokensPerSecond:N0} tokens/s, padding {result.PaddingShare:P1}\n")
            + (isCancelled ? $"Stopped; {result.Checkpoint ?? "nothing"} has what was learned. The same command goes on." : $"Written to {recipe.Out}: model/{(adapter is null ? "" : ", adapter/")}, run.jsonl, checkpoints/"));
        return isCancelled ? ExitCode.Cancelled : ExitCode.Done;
    }

    private static async Task<(TrainingResult Result, bool IsCancelled)> OrCancelledAsync(Task<TrainingResult> run)
    {
        try
        {
            return (await run, false);
        }
        catch (TrainingCanceledException cancelled)
        {
            return (cancelled.Result!, true);
        }
    }

    private static LongAlignTrainer TrainerOf(TrainRecipe recipe, CausalLanguageModel model, TrainingData data, ToolConsole console, Action<ProgressState> progress)
    {
        LongAlignTrainerBuilder builder = RecipeTrainer.Describe(recipe, model, data)
            .WriteJsonLines(Path.Combine(recipe.Out, "run.jsonl"))
            .ReportProgress(new Forward<TrainingProgress>(step => progress(new ProgressState(
                step.Step, step.TotalSteps, string.Create(CultureInfo.InvariantCulture, $"loss {step.Loss:F4}, {step.TokensPerSecond:N0} tokens/s, {step.Remaining:h\\:mm\\:ss} left")))))
            .UseLogger(new ConsoleLogger(console));
        return (recipe.TensorBoard ? builder.WriteTensorBoard(Path.Combine(recipe.Out, "board")) : builder).Build();
    }

    /// <summary>Folders that need nothing else: the model, and its adapter beside it, each with the template that was learned.</summary>
    private static (string Model, string? Adapter) Save(TrainRecipe recipe, CausalLanguageModel model)
    {
        string folder = Path.Combine(recipe.Out, "model");
        string? adapterFolder = null;
        if (model.Adapter is { } adapter)
        {
            adapterFolder = Path.Combine(recipe.Out, "adapter");
            adapter.Save(adapterFolder, recipe.Model.Folder);
            CopyTokenizer(recipe, adapterFolder);
            adapter.Merge(permanently: true);
        }

        model.SavePretrained(folder);
        CopyTokenizer(recipe, folder);
        return (folder, adapterFolder);
    }

    /// <summary>What a store was made with it does not say; the folder's own template stays then.</summary>
    private static void CopyTokenizer(TrainRecipe recipe, string folder)
    {
        ModelTokenizer.CopyFiles(recipe.Model.Folder, folder);
        if (recipe.Chats is { } chats)
        {
            Templates.Find(chats.Template, recipe.Model.Folder).Save(folder, ModelTokenizer.Load(recipe.Model.Folder));
        }
    }
}
