using System.Globalization;
using LongAlign.Batching;
using LongAlign.Cli.Recipes;
using LongAlign.Distributed;
using LongAlign.Models;
using LongAlign.Training;
using TorchSharp.Modules;

namespace LongAlign.Cli.Training;

/// <summary>The messages of <c>longalign train</c> on a run: before it, at its steps, and after it.</summary>
internal static class RunText
{
    /// <summary>Files and folders of a run, in the order in which people look for them.</summary>
    private static readonly string[] Written = ["model", "adapter", "run.jsonl", "board", "checkpoints", "recipe.json", "report.json"];

    /// <summary>The model, the data and the steps, a line each.</summary>
    public static string Start(TrainRecipe recipe, CausalLanguageModel model, TrainingData data, IProcessGroup group, IBatchSampler sampler)
    {
        Parameter[] parameters = [.. model.parameters()];
        long all = parameters.Sum(parameter => parameter.numel());
        long trained = parameters.Where(parameter => parameter.requires_grad).Sum(parameter => parameter.numel());
        string share = trained == all ? "all of them trained" : Text($"{trained:N0} of them trained ({(double)trained / all:P2})");
        int steps = recipe.Steps ?? (recipe.Epochs * sampler.StepsPerEpoch);
        int batches = sampler.GetSteps(0).Sum(step => step.Totals.MicroBatchCount);
        int capacity = Math.Min(recipe.Batching.Capacity ?? (recipe.Batching.IsPadded ? int.MaxValue : 65_536), model.MaxPositions);
        string kind = recipe.Batching.IsPadded ? "padded batches" : "packs";
        return string.Join(Environment.NewLine,
            Text($"Model: {model.Config.ModelType}, {all:N0} parameters, {share}; {model.Dtype} on {model.Device}"),
            $"Data: {data.Description}",
            Text($"Run: {steps:N0} steps, {sampler.StepsPerEpoch:N0} an epoch; {(double)data.Training.Count / sampler.StepsPerEpoch:0.#} sequences a step on average; {batches:N0} {kind} an epoch, of sequences up to {capacity:N0} tokens{Ranks(recipe, group)}"));
    }

    private static string Ranks(TrainRecipe recipe, IProcessGroup group) => group.WorldSize == 1 ? "" : string.Concat(
        Text($"; {group.WorldSize:N0} processes"),
        recipe.Ranks.Sharding == Sharding.None ? "" : $", {RecipeProperty.KeyOf(recipe.Ranks.Sharding.ToString())} sharded",
        recipe.Ranks.SequenceParallelism == 1 ? "" : Text($", each pack shared by {recipe.Ranks.SequenceParallelism:N0}"));

    /// <summary>Returns the text of a step beside its number.</summary>
    public static string Step(TrainingProgress step) => Text(
        $"epoch {step.Epoch + 1}, loss {step.Loss:F4}, rate {step.LearningRate:0.0e-0}, {step.TokensPerSecond:N0} tokens/s, padding {step.PaddingShare:P1}, {step.Elapsed:h\\:mm\\:ss} passed, {step.Remaining:h\\:mm\\:ss} left");

    /// <summary>Returns one line on how the run ended.</summary>
    public static string End(TrainingResult result)
    {
        int last = (result.Steps + 9) / 10;
        string heldOut = result.Evaluations.Count == 0 ? ""
            : Text($"held-out loss {result.Evaluations[^1].Loss:F4}{(result.BestEvaluation is { } best && best.Step != result.Evaluations[^1].Step ? Text($" (lowest {best.Loss:F4} at step {best.Step:N0})") : "")}, ");
        string skipped = result.SkippedSteps == 0 ? "" : Text($", {result.SkippedSteps:N0} steps skipped");
        return Text($"{result.Steps:N0} steps, loss {result.FinalLoss:F4} (mean of the last {(last == 1 ? "step" : Text($"{last:N0} steps"))}), {heldOut}{result.TokensPerSecond:N0} tokens/s, padding {result.PaddingShare:P1}{skipped}");
    }

    /// <summary>The names of what a run's folder has.</summary>
    public static string Files(string folder) => string.Join(", ", Written
        .Where(name => Path.Exists(Path.Combine(folder, name))).Select(name => Directory.Exists(Path.Combine(folder, name)) ? name + "/" : name));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
