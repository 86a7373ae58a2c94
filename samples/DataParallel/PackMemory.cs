using System.Globalization;
using LongAlign.Distributed;
using LongAlign.Models;
using LongAlign.Sequences;
using LongAlign.Training;
using static TorchSharp.torch;

namespace DataParallel;

/// <summary>Measures a rank's memory beside the weights in a step on a pack that all ranks share; gradients and moments are 40 MB of it. Linux.</summary>
internal static class PackMemory
{
    private static readonly int[] Lengths = [4_096, 2_048, 1_280, 768];

    public static async Task Run(IProcessGroup group, bool checkpointing)
    {
        await Measure(group, [64], checkpointing).ConfigureAwait(false); // code is loaded, and counts no more
        (long bytes, TrainingResult result) = await Measure(group, Lengths, checkpointing).ConfigureAwait(false);
        using Tensor all = zeros(group.WorldSize, ScalarType.Int64);
        all[group.Rank] = bytes;
        group.AllReduceSum(all);
        if (group.Rank == 0)
        {
            string ranks = string.Join(", ", all.data<long>().Select(value => (value / 1e6).ToString("N0", CultureInfo.InvariantCulture)));
            Console.WriteLine($"{group.WorldSize} ranks share a pack of {Lengths.Sum():N0} tokens{(checkpointing ? ", layers computed again" : "")}: {ranks} MB, {result.Elapsed.TotalSeconds:F1} s, loss {result.FinalLoss:F6}");
        }
    }

    private static async Task<(long Bytes, TrainingResult Result)> Measure(IProcessGroup group, int[] lengths, bool checkpointing)
    {
        using CausalLanguageModel model = CausalLanguageModel.Create(
            ModelConfig.Parse("""
                {
                  "model_type": "llama", "vocab_size": 1000, "hidden_size": 256, "intermediate_size": 704, "num_hidden_layers": 4,
                  "num_attention_heads": 8, "num_key_value_heads": 2, "max_position_embeddings": 8192
                }
                """),
            seed: 42);
        StepPeak peak = new();
        LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder()
            .UseModel(model)
            .UseDataset(new InMemoryDataset(lengths.Select(MakeSequence)))
            .UsePacking(packing => packing.Capacity = lengths.Sum())
            .UseAdamW(learningRate: 1e-3)
            .UseProcessGroup(group)
            .UseSequenceParallelism(group.WorldSize)
            .UseCallback(peak);
        _ = checkpointing ? builder.UseGradientCheckpointing() : builder;
        TrainingResult result = await builder.Build().TrainStepsAsync(1).ConfigureAwait(false);
        return (peak.Bytes, result);
    }

    /// <summary>An eighth of the tokens are learned, as in a long document with a task and its answer.</summary>
    private static TokenSequence MakeSequence(int length)
    {
        int[] ids = [.. Enumerable.Range(0, length).Select(t => t * 7 % 1_000)];
        return new TokenSequence(ids, [.. ids.Select((id, t) => t < length / 8 * 7 ? TokenSequence.IgnoreIndex : id)]);
    }

    private sealed class StepPeak : ITrainingCallback
    {
        private long _before;

        public long Bytes { get; private set; }

        public void BeforeStep(TrainingContext context)
        {
            File.WriteAllText("/proc/self/clear_refs", "5"); // the peak starts again from what is resident
            _before = Status("VmRSS");
        }

        public void AfterStep(TrainingContext context) => Bytes = Status("VmHWM") - _before;

        private static long Status(string name)
        {
            string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
            return 1024 * long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
    }
}
