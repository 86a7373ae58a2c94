using LongAlign.Cli.Recipes;
using LongAlign.Models;
using LongAlign.Models.Adapters;
using LongAlign.Sequences;
using LongAlign.Training;

namespace LongAlign.Cli.Training;

/// <summary>A recipe as calls of the trainer's builder.</summary>
internal static class RecipeTrainer
{
    public static LongAlignTrainerBuilder Describe(TrainRecipe recipe, CausalLanguageModel model, TrainingData data)
    {
        int capacity = recipe.Batching.Capacity ?? data.MaxLength;
        OptimizerRecipe optimizer = recipe.Optimizer;
        string checkpoints = Path.Combine(recipe.Out, "checkpoints");
        LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder()
            .UseModel(model)
            .UseDataset(data.Training)
            .UseLossWeighting(recipe.LossWeighting)
            .UseGradientAccumulation(recipe.Batching.Accumulation)
            .UseAdamW(optimizer.LearningRate ?? (recipe.Lora.Rank is null ? 2e-5 : 2e-4), optimizer.Beta1, optimizer.Beta2, optimizer.Epsilon, optimizer.WeightDecay)
            .UseGradientClipping(optimizer.MaxGradientNorm)
            .UseSeed(recipe.Seed)
            .SaveCheckpoints(checkpoints, recipe.Checkpoints.EverySteps, recipe.Checkpoints.Keep, recipe.Checkpoints.KeepBest);
        _ = recipe.Schedule.Kind switch
        {
            ScheduleKind.Linear => builder.UseLinearSchedule(recipe.Schedule.WarmupRatio),
            ScheduleKind.Constant => builder.UseConstantSchedule(recipe.Schedule.WarmupRatio),
            _ => builder.UseCosineSchedule(recipe.Schedule.WarmupRatio),
        };
        _ = recipe.Batching.Method switch
        {
            BatchingMethod.Sorted => builder.UseSortedBatching(Pad),
            BatchingMethod.Naive => builder.UseNaiveBatching(Pad),
            _ => builder.UsePacking(packing => (packing.Capacity, packing.Overlong) = (capacity, recipe.Batching.Overlong)),
        };
        if (recipe.GradientCheckpointing)
        {
            builder.UseGradientCheckpointing();
        }

        if (recipe.Model.Dtype == ModelDtype.Bfloat16)
        {
            builder.UseMixedPrecision();
        }

        if (recipe.Lora is { Rank: { } rank } lora)
        {
            builder.UseLoRA(new LoraOptions { Rank = rank, Alpha = lora.Alpha ?? 2 * rank, Targets = lora.Targets, Dropout = lora.Dropout, Seed = recipe.Seed });
        }

        if (data.HeldOut is { } heldOut)
        {
            builder.EvaluateEvery(recipe.Evaluation.EverySteps, heldOut, evaluation => (evaluation.Capacity, evaluation.Patience) = (capacity, recipe.Evaluation.Patience));
        }

        return recipe.Resume ? builder.ResumeFrom(checkpoints, orBegin: true) : builder;

        void Pad(PaddedBatchingOptions padding)
        {
            padding.BatchSize = recipe.Batching.BatchSize;
            padding.Limit = recipe.Batching.Capacity is { } most ? new LengthLimit(most) : LengthLimit.None;
        }
    }
}
