using LongAlign.Core.Tests.Distributed;
using LongAlign.Distributed;
using LongAlign.Sequences;
using LongAlign.Training;
using static TorchSharp.torch;

namespace LongAlign.Models.Tests.Training;

/// <summary>A tiny model of a family, trained by one process and by several.</summary>
internal static class RankedTraining
{
    private static readonly InMemoryDataset Dataset = new([.. new[] { 9, 2, 14, 5, 11, 7 }.Select((length, i) => Sequence(length, i + 1))]);

    /// <summary>Ranks come to the losses and weights of one process.</summary>
    /// <param name="ranks">Their number.</param>
    /// <param name="family">The model's.</param>
    /// <param name="configure">What one process does too.</param>
    /// <param name="ofRanks">What ranks alone do.</param>
    /// <param name="tolerance">Relative to 1 or to the number, whichever is more.</param>
    public static void AssertEqual(
        int ranks, string family, Action<LongAlignTrainerBuilder> configure, Action<LongAlignTrainerBuilder> ofRanks, double tolerance = 1e-5)
    {
        double[][] one = Train(SingleProcessGroup.Instance, family, configure);
        foreach (double[][] rank in ThreadProcessGroup.Results(ranks, group => Train(group, family, configure + ofRanks)))
        {
            Assert.Equal(one[0], rank[0], (a, b) => Math.Abs(a - b) <= tolerance * Math.Max(1, Math.Abs(a)));
            Assert.Equal(one[1], rank[1], (a, b) => Math.Abs(a - b) <= tolerance * Math.Max(1, Math.Abs(a)));
        }
    }

    /// <summary>Losses, then weights.</summary>
    public static double[][] Train(IProcessGroup group, string family, Action<LongAlignTrainerBuilder> configure, Action<CausalLanguageModel>? prepare = null)
    {
        using CausalLanguageModel model = TinyModel.Create(family);
        prepare?.Invoke(model);
        TrainingResult result = Build(group, model, configure).TrainAsync(2).GetAwaiter().GetResult();
        return [[.. result.Losses], [.. model.parameters().SelectMany(parameter => parameter.detach().to(ScalarType.Float32).reshape(-1).data<float>().ToArray()).Select(value => (double)value)]];
    }

    public static LongAlignTrainer Build(IProcessGroup group, CausalLanguageModel model, Action<LongAlignTrainerBuilder> configure)
    {
        LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(Dataset).UseProcessGroup(group)
            .UsePacking(packing => (packing.Capacity, packing.GlobalBatchSize) = (27, 3)).UseAdamW(learningRate: 1e-3, epsilon: 1e-3);
        configure(builder);
        return builder.Build();
    }

    private static TokenSequence Sequence(int length, int step)
    {
        int[] ids = [.. Enumerable.Range(1, length).Select(t => t * step % TinyModel.Vocabulary)];
        return new TokenSequence(ids, ids);
    }
}
