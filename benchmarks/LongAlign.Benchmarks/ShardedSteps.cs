using System.Globalization;
using LongAlign.Distributed;
using LongAlign.Distributed.Mpi;
using LongAlign.Models;
using LongAlign.Training;
using TorchSharp;

namespace LongAlign.Benchmarks;

/// <summary>A rank of a run that trains a Llama of 197 million parameters in float32, each rank on 256 tokens a step; started by <c>mpirun</c>.</summary>
internal static class ShardedSteps
{
    /// <summary>The first argument, which starts it; the stage of sharding and the number of steps follow.</summary>
    public const string Argument = "sharded-steps";

    /// <summary>Parameters of the model.</summary>
    public const double Parameters = (Layers * ((4.0 * Hidden * Hidden) + (3.0 * Hidden * Intermediate) + (2.0 * Hidden))) + (2.0 * Vocabulary * Hidden) + Hidden;

    private const int Vocabulary = 8_000;
    private const int Hidden = 1_024;
    private const int Intermediate = 2_816;
    private const int Layers = 14;
    private const int Tokens = 256;

    /// <summary>Trains, and every rank writes its number, the peak of memory before and after the first step, the best step in seconds, and the seconds of communication in it.</summary>
    public static void Run(string[] arguments)
    {
        Sharding sharding = Enum.Parse<Sharding>(arguments[0]);
        int steps = int.Parse(arguments[1], CultureInfo.InvariantCulture);
        torch.set_num_threads(1);
        using MpiProcessGroup group = MpiProcessGroup.Initialize();
        ModelConfig config = ModelConfig.Parse($$"""
            {
              "model_type": "llama", "vocab_size": {{Vocabulary}}, "hidden_size": {{Hidden}}, "intermediate_size": {{Intermediate}},
              "num_hidden_layers": {{Layers}}, "num_attention_heads": 16, "max_position_embeddings": {{Tokens}}
            }
            """);
        using CausalLanguageModel model = CausalLanguageModel.Create(config, seed: 42);
        StepWatch watch = new();
        LongAlignTrainer.CreateBuilder()
            .UseModel(model)
            .UseDataset(Workloads.Dataset([.. Enumerable.Repeat(Tokens, group.WorldSize * steps)], targetShare: 1, Vocabulary))
            .UsePacking(packing => (packing.Capacity, packing.GlobalBatchSize) = (Tokens, group.WorldSize))
            .UseAdamW(1e-4)
            .UseGradientCheckpointing()
            .UseSharding(sharding)
            .UseProcessGroup(group)
            .UseCallback(watch)
            .Build()
            .TrainStepsAsync(steps).GetAwaiter().GetResult();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Argument} {group.Rank} {watch.FirstPeak} {watch.LaterPeak} {watch.Best!.StepTime.TotalSeconds} {watch.Best.CommunicationTime.TotalSeconds}"));
    }

    private sealed class StepWatch : ITrainingCallback
    {
        /// <summary>Bytes, up to the end of the first step.</summary>
        public double FirstPeak { get; private set; }

        /// <summary>Bytes, in the steps after it.</summary>
        public double LaterPeak { get; private set; }

        /// <summary>The fastest step after the first.</summary>
        public TrainingProgress? Best { get; private set; }

        public void AfterStep(TrainingContext context)
        {
            if (context.Step == 1)
            {
                FirstPeak = PeakMemory.OfProcess;
                PeakMemory.BeginAgain();
                return;
            }

            LaterPeak = PeakMemory.OfProcess;
            Best = Best is null || context.Progress!.StepTime < Best.StepTime ? context.Progress : Best;
        }
    }
}
