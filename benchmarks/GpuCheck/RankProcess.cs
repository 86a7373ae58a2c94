using System.Globalization;
using LongAlign.Benchmarks.Checks;
using LongAlign.Distributed;
using LongAlign.Distributed.Mpi;
using LongAlign.Models;
using LongAlign.Sequences;
using LongAlign.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace GpuCheck;

/// <summary>One of the processes that <see cref="RanksCheck"/> starts; they share a device. The first one writes the figures, one on each line.</summary>
internal static class RankProcess
{
    /// <summary>The first argument, which starts it.</summary>
    public const string Argument = "--rank";

    /// <summary>The prefix of a line with a figure.</summary>
    public const string Mark = "figure|";

    private const int Steps = 4;

    public static void Run(CheckSizes sizes)
    {
        using MpiProcessGroup group = MpiProcessGroup.Initialize(TimeSpan.FromMinutes(2));
        foreach (Figure figure in Collectives(group, sizes.Device).Concat(Training(group, sizes)))
        {
            if (group.Rank == 0)
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Mark}{figure.Name}|{figure.Value:R}|{figure.Unit}|{figure.AtMost:R}"));
            }
        }
    }

    /// <summary>Every collective on a tensor of the device that is longer than one piece of a call, with whole numbers, which sums keep exact.</summary>
    private static IEnumerable<Figure> Collectives(MpiProcessGroup group, Device device)
    {
        const int Count = (1 << 22) + 6;
        using DisposeScope scope = NewDisposeScope();
        Tensor numbers = arange(Count, dtype: ScalarType.Int64).remainder(50).to(ScalarType.Float32).to(device);
        float own = group.Rank + 1;
        yield return Off("all-reduce", group.AllReduceSum, (numbers * own).clone(), numbers * 3);
        yield return Off("all-reduce of bfloat16", group.AllReduceSum, (numbers * own).to(ScalarType.BFloat16), (numbers * 3).to(ScalarType.BFloat16));
        yield return Off("broadcast", tensor => group.Broadcast(tensor, root: 1), numbers * own, numbers * 2);
        yield return Off("reduce-scatter", sum => group.ReduceScatterSum(numbers * own, sum), zeros(Count / 2, device: device), Half(numbers * 3, group.Rank));
        yield return Off("all-gather", all => group.AllGather(Half(numbers, group.Rank).contiguous(), all), zeros(Count, device: device), numbers);
        yield return Off("all-to-all", received => group.AllToAll(numbers + own, received), zeros(Count, device: device), cat([Half(numbers, group.Rank) + 1, Half(numbers, group.Rank) + 2]));

        static Tensor Half(Tensor tensor, int rank) => tensor.narrow(0, rank * (Count / 2), Count / 2);

        static Figure Off(string name, Action<Tensor> call, Tensor tensor, Tensor expected)
        {
            call(tensor);
            return new Figure($"2 processes, {name}, largest difference", (tensor - expected).abs().max().to(ScalarType.Float32).ToDouble(), "", AtMost: 0);
        }
    }

    /// <summary>Losses of each stage of sharding, and of packs that both share, against those of this process alone.</summary>
    private static IEnumerable<Figure> Training(MpiProcessGroup group, CheckSizes sizes)
    {
        double[] alone = Losses(SingleProcessGroup.Instance, sizes, Sharding.None, sequenceParallelism: 1);
        foreach (Sharding sharding in Enum.GetValues<Sharding>())
        {
            foreach (int sharing in new[] { 1, 2 })
            {
                double[] together = Losses(group, sizes, sharding, sharing);
                double worst = alone.Zip(together).Max(pair => Math.Abs(pair.First - pair.Second) / pair.First);
                yield return new Figure($"2 processes, {sharding}, packs of {sharing}: losses of {Steps} steps against one process", 1e6 * worst, "millionths off", AtMost: sizes.IsGpu ? 1_000 : 10);
            }
        }
    }

    private static double[] Losses(IProcessGroup group, CheckSizes sizes, Sharding sharding, int sequenceParallelism)
    {
        using CausalLanguageModel model = CausalLanguageModel.Create(sizes.RankModel, seed: 42, device: sizes.Device);
        InMemoryDataset dataset = new(Enumerable.Range(0, 4 * Steps).Select(i =>
        {
            int[] ids = [.. Enumerable.Range(0, sizes.RankTokens / (1 + (i % 4))).Select(t => (i + (t * 7)) % model.Config.VocabularySize)];
            return new TokenSequence(ids, ids);
        }));
        return
        [
            .. LongAlignTrainer.CreateBuilder()
                .UseModel(model)
                .UseDataset(dataset)
                .UsePacking(packing => (packing.Capacity, packing.GlobalBatchSize) = (sizes.RankTokens, 4))
                .UseAdamW(learningRate: 1e-3)
                .UseGradientClipping(0.5)
                .UseGradientCheckpointing()
                .UseProcessGroup(group)
                .UseSharding(sharding)
                .UseSequenceParallelism(sequenceParallelism)
                .Build().TrainStepsAsync(Steps).GetAwaiter().GetResult().Losses,
        ];
    }
}
