using LongAlign.Benchmarks.Checks;
using LongAlign.Models;
using LongAlign.Sequences;
using LongAlign.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace GpuCheck;

/// <summary>Training steps of a Llama in bfloat16 on one pack, which it must learn.</summary>
internal static class StepCheck
{
    private const int Steps = 3;

    public static IEnumerable<Figure> Run(CheckSizes sizes)
    {
        int tokens = sizes.StepLengths.Sum();
        InMemoryDataset dataset = new(sizes.StepLengths.Select(length =>
        {
            int[] ids = [.. Enumerable.Range(0, length).Select(i => i * 7 % sizes.Model.VocabularySize)];
            return new TokenSequence(ids, ids);
        }));
        using CausalLanguageModel model = CausalLanguageModel.Create(sizes.Model, seed: 42, ScalarType.BFloat16, sizes.Device);
        string name = $"step of {tokens:N0} tokens through {model.parameters().Sum(parameter => parameter.numel()) / 1e6:N1} M parameters in BFloat16";
        List<TrainingProgress> steps = [];
        TrainingResult result = LongAlignTrainer.CreateBuilder()
            .UseModel(model)
            .UseDataset(dataset)
            .UsePacking(packing => packing.Capacity = tokens)
            .UseAdamW(learningRate: 1e-3)
            .UseGradientCheckpointing()
            .ReportProgress(new Collector(steps))
            .Build().TrainStepsAsync(Steps).GetAwaiter().GetResult();
        yield return new Figure($"{name}, loss of the first", result.Losses[0], "", AtMost: 2 * Math.Log(sizes.Model.VocabularySize));
        yield return new Figure($"{name}, loss of step {Steps} against the first", result.Losses[^1] / result.Losses[0], "x", AtMost: 0.999);
        double seconds = (steps[^1].Elapsed - steps[^2].Elapsed).TotalSeconds;
        yield return new Figure($"{name}, the last", seconds, "s");
        yield return new Figure($"{name}, the last", tokens / seconds, "tokens/s");
    }

    /// <summary>On the trainer's thread: <see cref="Progress{T}"/> would report later.</summary>
    private sealed class Collector(List<TrainingProgress> steps) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => steps.Add(value);
    }
}
