using System.Globalization;
using LongAlign.Models;
using LongAlign.Native;
using LongAlign.Training;

namespace LongAlign.Benchmarks;

/// <summary>
/// A process that trains on packs of 32,768 tokens, whose tensors are larger than the 32 MB that glibc keeps: a Llama with two layers of 256,
/// sequences of 32 to 1,536 tokens, 6 in 100 of whose tokens are targets.
/// </summary>
internal static class LongPackSteps
{
    /// <summary>The first argument, which starts it.</summary>
    public const string Argument = "long-pack-steps";

    /// <summary>As the second argument: the process keeps freed memory by a call, as a user's program can.</summary>
    public const string KeepArgument = "keep";

    private const int Tokens = 32_768;
    private const int Vocabulary = 8_000;
    private const int Steps = 4;
    private static readonly int[] Lengths = [48, 1_536, 96, 512, 32, 768, 256, 64, 384, 128, 192, 80];

    /// <summary>Trains, and writes the tokens/s of all steps but the first, the peak of memory in bytes, and what became of freed memory.</summary>
    public static void Run(string[] arguments)
    {
        if (arguments is [KeepArgument])
        {
            _ = TorchRuntime.KeepFreedMemory();
        }

        ModelConfig config = ModelConfig.Parse($$"""
            {
              "model_type": "llama", "vocab_size": {{Vocabulary}}, "hidden_size": 256, "intermediate_size": 576,
              "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": {{Tokens}}
            }
            """);
        using CausalLanguageModel model = CausalLanguageModel.Create(config, seed: 42);
        List<TrainingProgress> steps = [];
        LongAlignTrainer.CreateBuilder()
            .UseModel(model)
            .UseDataset(Workloads.Dataset([.. Enumerable.Repeat(Lengths, Tokens / Lengths.Sum()).SelectMany(lengths => lengths)], targetShare: 0.06, Vocabulary))
            .UsePacking(packing => packing.Capacity = Tokens)
            .UseLossWeighting()
            .UseAdamW(1e-3)
            .ReportProgress(new Recorder(steps))
            .Build()
            .TrainStepsAsync(Steps).GetAwaiter().GetResult();
        double tokensPerSecond = steps.Skip(1).Sum(step => step.Tokens) / steps.Skip(1).Sum(step => step.StepTime.TotalSeconds);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{tokensPerSecond} {steps[^1].PeakMemoryBytes} {TorchRuntime.FreedMemory}"));
    }

    private sealed class Recorder(List<TrainingProgress> steps) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => steps.Add(value);
    }
}
