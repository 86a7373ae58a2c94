using System.Globalization;
using System.Text;
using LongAlign.Cli.Recipes;
using LongAlign.Cli.Sources;
using LongAlign.Models;
using LongAlign.Training;

namespace LongAlign.Cli.Training;

/// <summary>The model card: what was trained, on what and how, as README.md beside the weights, where model hubs look for it.</summary>
internal static class ModelCard
{
    public const string FileName = "README.md";

    public static void Write(string folder, TrainRecipe recipe, CausalLanguageModel model, TrainingData data, TrainingResult result)
        => File.WriteAllText(Path.Combine(folder, FileName), Of(LocalModel.NameOf(folder), recipe, model, data, result));

    private static string Of(string name, TrainRecipe recipe, CausalLanguageModel model, TrainingData data, TrainingResult result)
    {
        string training = RecipeProperty.KeyOf(recipe.Batching.Method.ToString());
        string start = LocalModel.NameOf(recipe.Model.Folder);
        string[] sources = recipe.Chats is { } chats ? [.. chats.Sources.Select(source => Path.GetFileName(source.Path))] : [Path.GetFileName(recipe.Store!)];
        StringBuilder text = new();
        text.AppendLine("---").AppendLine("tags:").AppendLine("- longalign").AppendLine("- sft").AppendLine("- long-context").AppendLine("---").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"# {name}").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"{(recipe.Model.RandomWeights ? $"A {model.Config.ModelType} with the configuration of {start}, trained from random weights" : $"{start}, fine-tuned")}{(recipe.Lora.Rank is { } rank ? $" with LoRA of rank {rank}" : "")} on conversations, by LongAlign for .NET.").AppendLine();
        text.AppendLine("| what | value |").AppendLine("| --- | --- |");
        Row("data", $"{string.Join(", ", sources)}: {data.Description}");
        Row("chat template", recipe.Chats is null ? "of the token store" : recipe.Chats.Template ?? "the model's own, or the paper's for its family");
        Row("steps, epochs", Text($"{result.Steps:N0}, {(recipe.Steps is null ? recipe.Epochs.ToString(CultureInfo.InvariantCulture) : "as the steps go")}"));
        Row("batching", Text($"{training}, sequences up to {Math.Min(recipe.Batching.Capacity ?? int.MaxValue, model.MaxPositions):N0} tokens"));
        Row("loss weighting", RecipeProperty.KeyOf(recipe.LossWeighting.ToString()));
        Row("learning rate", Text($"{RecipeTrainer.LearningRateOf(recipe):0.0e-0}, {RecipeProperty.KeyOf(recipe.Schedule.Kind.ToString())}, AdamW ({recipe.Optimizer.Beta1}, {recipe.Optimizer.Beta2}), weight decay {recipe.Optimizer.WeightDecay}"));
        Row("training loss", Text($"{result.FinalLoss:F4}, mean of the last tenth of the steps"));
        if (result.Evaluations is [.., { } last])
        {
            Row("held-out loss", Text($"{last.Loss:F4} over {last.Sequences:N0} sequences"));
        }

        Row("tokens seen", Text($"{result.Tokens:N0}"));
        Row("seed", Text($"{recipe.Seed}"));
        text.AppendLine().AppendLine("`run.jsonl` of the run has every step; `longalign report` draws it, and `longalign chat` talks to the model. Fill in what only you know: licence, languages, intended use, limits.");
        return text.ToString().ReplaceLineEndings("\n");

        void Row(string what, string value) => text.AppendLine(CultureInfo.InvariantCulture, $"| {what} | {value.Replace("|", "\\|", StringComparison.Ordinal)} |");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
