using LongAlign.Cli.Planning;
using LongAlign.Cli.Recipes;
using LongAlign.Distributed;
using LongAlign.Models;
using LongAlign.Models.Adapters;
using LongAlign.Training;

namespace LongAlign.Cli.Training;

/// <summary>A recipe as calls of the trainer's builder.</summary>
internal static class RecipeTrainer
{
    public const string CheckpointFolder = "checkpoints";

    /// <summary>The peak rate: the paper's for a whole model, ten times that for adapters, unless the recipe says one.</summary>
    public static double LearningRateOf(TrainRecipe recipe) => recipe.Optimizer.LearningRate ?? (recipe.Lora.Rank is null ? 2e-5 : 2e-4);

    public static LongAlignTrainerBuilder Describe(TrainRecipe recipe, CausalLanguageModel model, TrainingData data, IProcessGroup group)
    {
        OptimizerRecipe optimizer = recipe.Optimizer;
        string checkpoints = Path.Combine(recipe.Out, CheckpointFolder);
        LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder()
            .UseModel(model)
            .UseDataset(data.Training)
            .UseLossWeighting(recipe.LossWeighting)
            .UseAdamW(adamW =>
            {
                adamW.LearningRate = LearningRateOf(recipe);
                (adamW.Beta1, adamW.Beta2, adamW.Epsilon) = (optimizer.Beta1, optimizer.Beta2, optimizer.Epsilon);
                (adamW.WeightDecay, adamW.DecayNormsAndBiases) = (optimizer.WeightDecay, optimizer.DecayNormsAndBiases);
            })
            .UseGradientClipping(optimizer.MaxGradientNorm)
            .UseSchedule(recipe.Schedule.ToSchedule())
            .UseSeed(recipe.Seed)
            .UseProcessGroup(group)
            .UseSharding(recipe.Ranks.Sharding)
            .UseSequenceParallelism(recipe.Ranks.SequenceParallelism)
            .SaveCheckpoints(checkpoints, recipe.Checkpoints.EverySteps, recipe.Checkpoints.Keep, recipe.Checkpoints.KeepBest);
        BatchingRecipe batching = recipe.Batching;
        _ = batching.Method switch
        {
            BatchingMethod.Sorted => builder.UseSortedBatching(Pad),
            BatchingMethod.Naive => builder.UseNaiveBatching(Pad),
            _ => builder.UsePacking(Pack),
        };
        if (batching.Accumulation is { } accumulation)
        {
            builder.UseGradientAccumulation(accumulation);
        }

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
            builder.EvaluateEvery(recipe.Evaluation.EverySteps, heldOut, evaluation =>
                (evaluation.Capacity, evaluation.Patience, evaluation.MinImprovement) = (recipe.Evaluation.Capacity, recipe.Evaluation.Patience, recipe.Evaluation.MinImprovement));
        }

        return recipe.Resume ? builder.ResumeFrom(checkpoints, orBegin: true) : builder;

        void Pack(PackingOptions packing)
        {
            packing.Capacity = batching.Capacity;
            packing.Overlong = batching.Overlong;
            packing.MaxSequencesPerPack = batching.MaxSequencesPerPack ?? int.MaxValue;
            packing.GlobalBatchSize = batching.GlobalBatchSize;
            packing.Composition = batching.Composition;
            packing.Synchronization = batching.Synchronization;
            packing.BalancePacks = batching.Method == BatchingMethod.BalancedPacks;
            packing.PacksFirst = batching.HasPacksFirst
                ? Algorithms.Find(batching.Algorithm ?? (packing.BalancePacks ? PackingName.BestFit : PackingName.Sequential))
                : null;
            packing.UnevenEnd = batching.UnevenEnd;
            packing.CostliestFirst = batching.CostliestFirst;
        }

        void Pad(PaddedBatchingOptions padding)
        {
            padding.BatchSize = batching.BatchSize;
            padding.GlobalBatchSize = batching.GlobalBatchSize;
            padding.MaxLength = batching.Capacity;
            padding.Overlong = batching.Overlong;
            padding.UnevenEnd = batching.UnevenEnd;
            padding.CostliestFirst = batching.CostliestFirst;
        }
    }
}
