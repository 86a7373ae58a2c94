using System.CommandLine;
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
    /// <summary>Every step and evaluation of a run.</summary>
    public const string LogFile = "run.jsonl";

    /// <summary>The recipe of a run with all it left out.</summary>
    public const string RecipeFile = "recipe.json";

    public static Command Create(ToolConsole console)
    {
        RecipeOptions<TrainRecipe> options = new();
        Command command = new("train", "Train a model. Stopped at any time, the same command resumes.");
        options.AddTo(command);
        command.Run(console, (parsed, cancellationToken) => RunAsync(options.Read(parsed), console, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(TrainRecipe recipe, ToolConsole given, CancellationToken cancellationToken)
    {
        TrainingData.Check(recipe);
        recipe.Batching.Check();
        ThrowIfTaken(recipe);
        _ = recipe.Schedule.ToSchedule(); // contradictions come before the model is loaded
        TorchRuntime.EnsureAvailable();
        using RunRanks ranks = RunRanks.Join();
        ToolConsole console = ranks.ConsoleOf(given);
        using CausalLanguageModel model = LocalModels.Load(recipe.Model, recipe.Seed, ranks.LocalRank);
        using TrainingData data = TrainingData.Open(recipe, model.MaxPositions);
        DataReports.Say(console, data.Report, data.HeldOutReport);
        if (ranks.IsFirst)
        {
            DataReports.Save(Path.Combine(recipe.Out, DataReports.FileName), data.Report, data.HeldOutReport);
            ResultJson.WriteRecipe(Path.Combine(recipe.Out, RecipeFile), recipe);
        }

        Action<ProgressState>? show = null;
        bool isTrained = false;
        LongAlignTrainer trainer = TrainerOf(recipe, model, data, ranks, console, step =>
        {
            isTrained = true;
            show!(new ProgressState(step.Step, step.TotalSteps, RunText.Step(step)));
        });
        console.Say(RunText.Start(recipe, model, data, ranks.Group, trainer.Sampler));
        (TrainingResult result, bool isCancelled) = await OrCancelledAsync(console.ShowProgressAsync(
            "training step",
            progress =>
            {
                show = progress;
                return recipe.Steps is { } steps ? trainer.TrainStepsAsync(steps, cancellationToken) : trainer.TrainAsync(recipe.Epochs, cancellationToken);
            },
            saysTimes: true));
        (string? folder, string? adapter) = isCancelled || !ranks.IsFirst ? (null, null) : Save(recipe, model, data, result);
        if (!isCancelled && !isTrained)
        {
            console.Say($"This run was finished before, after step {result.Steps}; nothing was trained. For more raise epochs or steps, or name another out.");
        }

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
            RunText.End(result) + "\n"
            + (isCancelled ? $"Stopped; {result.Checkpoint ?? "nothing"} holds the training so far. The same command resumes the run."
                : $"Written to {recipe.Out}: {RunText.Files(recipe.Out)}\nLook at it with 'longalign report {recipe.Out}', talk to the model with 'longalign chat {recipe.Out}'."));
        return isCancelled ? ExitCode.Cancelled : ExitCode.Done;
    }

    /// <exception cref="RecipeException">The recipe does not resume, and its folder has a run.</exception>
    private static void ThrowIfTaken(TrainRecipe recipe)
    {
        string checkpoints = Path.Combine(recipe.Out, RecipeTrainer.CheckpointFolder);
        if (!recipe.Resume && Directory.Exists(checkpoints) && Directory.EnumerateFileSystemEntries(checkpoints).Any())
        {
            throw new RecipeException($"'resume' is false, and {checkpoints} has the checkpoints of a run; set 'resume' to true to continue it, or name another 'out'.");
        }
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

    private static LongAlignTrainer TrainerOf(TrainRecipe recipe, CausalLanguageModel model, TrainingData data, RunRanks ranks, ToolConsole console, Action<TrainingProgress> progress)
    {
        LongAlignTrainerBuilder builder = RecipeTrainer.Describe(recipe, model, data, ranks.Group);
        if (!ranks.IsFirst)
        {
            return builder.Build(); // the first process reports for all
        }

        builder.WriteJsonLines(Path.Combine(recipe.Out, LogFile))
            .ReportProgress(new Forward<TrainingProgress>(progress))
            .UseLogger(new ConsoleLogger(console));
        return (recipe.TensorBoard ? builder.WriteTensorBoard(Path.Combine(recipe.Out, "board")) : builder).Build();
    }

    /// <summary>Folders that need nothing else: the model, and its adapter beside it, each with the template that was learned.</summary>
    private static (string Model, string? Adapter) Save(TrainRecipe recipe, CausalLanguageModel model, TrainingData data, TrainingResult result)
    {
        string folder = Path.Combine(recipe.Out, "model");
        string? adapterFolder = null;
        if (model.Adapter is { } adapter)
        {
            adapterFolder = Path.Combine(recipe.Out, "adapter");
            adapter.Save(adapterFolder, recipe.Model.Folder);
            CopyTokenizer(recipe, adapterFolder);
            ModelCard.Write(adapterFolder, recipe, model, data, result);
            adapter.Merge(permanently: true);
        }

        model.SavePretrained(folder);
        CopyTokenizer(recipe, folder);
        ModelCard.Write(folder, recipe, model, data, result);
        return (folder, adapterFolder);
    }

    /// <summary>Copies the tokenizer with the chats' template. A store does not say its template; then the folder's own stays.</summary>
    private static void CopyTokenizer(TrainRecipe recipe, string folder)
    {
        ModelTokenizer.CopyFiles(recipe.Model.Folder, folder);
        if (recipe.Chats is { } chats)
        {
            Templates.Find(chats.Template, recipe.Model.Folder).Save(folder, ModelTokenizer.Load(recipe.Model.Folder));
        }
    }
}
