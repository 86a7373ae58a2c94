using LongAlign.Models;
using LongAlign.Models.Adapters;
using LongAlign.Sequences;
using LongAlign.Training;

namespace LongContextStep;

/// <summary>The step itself.</summary>
internal static class StepRun
{
    /// <summary>The rank of the adapters, of every linear map of the layers.</summary>
    public const int LoraRank = 16;

    /// <summary>Trains and gives what the run did, with its memory and the time of its fastest step.</summary>
    public static async Task<(TrainingResult Result, StepTimes Times)> TrainAsync(CausalLanguageModel model, ISequenceDataset pack, StepOptions options, Action<LongAlignTrainerBuilder>? configure = null)
    {
        StepTimes times = new();
        LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder()
            .UseModel(model)
            .UseDataset(pack)
            .UsePacking(packing => packing.Capacity = options.Tokens) // all of them fit into one pack, and so into one step
            .UseAdamW(learningRate: 1e-3)
            .ReportProgress(times);
        _ = options.Checkpointing ? builder.UseGradientCheckpointing() : builder;
        _ = options.MixedPrecision ? builder.UseMixedPrecision() : builder;
        _ = options.Lora ? builder.UseLoRA(new LoraOptions { Rank = LoraRank, Alpha = 2 * LoraRank }) : builder;
        configure?.Invoke(builder);
        return (await builder.Build().TrainStepsAsync(options.Steps), times);
    }
}
