using LongAlign.Core.Tests.Distributed;
using LongAlign.Distributed;
using LongAlign.Models.Adapters;
using LongAlign.Sequences;
using LongAlign.Training;
using static TorchSharp.torch;

namespace LongAlign.Models.Tests.Training;

/// <summary>Every family trains with shared weights as one process does.</summary>
public sealed class ShardedModelTests
{
    private static readonly InMemoryDataset Dataset = new([.. new[] { 9, 2, 14, 5, 11, 7 }.Select((length, i) => Sequence(length, i + 1))]);

    public static TheoryData<string> Families => [.. TinyModel.All];

    [Theory]
    [MemberData(nameof(Families))]
    public void Losses_and_weights_are_those_of_one_process(string family) => AssertEqual(2, family, builder => builder.UseSharding(Sharding.Parameters));

    [Theory]
    [InlineData(Sharding.OptimizerState)]
    [InlineData(Sharding.Gradients)]
    [InlineData(Sharding.Parameters)]
    public void So_they_are_with_an_adapter(Sharding sharding)
        => AssertEqual(3, "llama", builder => builder.UseSharding(sharding).UseLoRA(new LoraOptions { Rank = 2, Dropout = 0 }));

    [Fact]
    public void So_they_are_where_ranks_share_packs_too() => AssertEqual(4, "llama", builder => builder.UseSharding(Sharding.Parameters), ranks => ranks.UseSequenceParallelism(2));

    [Fact]
    public void The_model_saves_and_writes_after_the_run_on_every_rank()
    {
        string[] texts = ThreadProcessGroup.Results(2, group =>
        {
            using TemporaryFolder folder = new();
            using CausalLanguageModel model = TinyModel.Create("llama");
            Build(group, model, builder => builder.UseSharding(Sharding.Parameters)).TrainAsync(1).GetAwaiter().GetResult();
            model.SavePretrained(folder);
            using CausalLanguageModel read = CausalLanguageModel.FromPretrained(folder);
            return string.Join(' ', read.parameters().SelectMany(parameter => parameter.data<float>().ToArray()));
        });
        Assert.Equal(texts[0], texts[1]);
        Assert.DoesNotContain("NaN", texts[0], StringComparison.Ordinal);
    }

    private static void AssertEqual(int ranks, string family, Action<LongAlignTrainerBuilder> configure, Action<LongAlignTrainerBuilder>? ofRanks = null)
    {
        double[][] one = Train(SingleProcessGroup.Instance, family, configure);
        foreach (double[][] rank in ThreadProcessGroup.Results(ranks, group => Train(group, family, builder =>
        {
            configure(builder);
            ofRanks?.Invoke(builder);
        })))
        {
            Assert.Equal(one[0], rank[0], (a, b) => Math.Abs(a - b) <= 1e-5 * Math.Max(1, Math.Abs(a)));
            Assert.Equal(one[1], rank[1], (a, b) => Math.Abs(a - b) <= 1e-5 * Math.Max(1, Math.Abs(a)));
        }
    }

    /// <summary>Losses, then weights.</summary>
    private static double[][] Train(IProcessGroup group, string family, Action<LongAlignTrainerBuilder> configure)
    {
        using CausalLanguageModel model = TinyModel.Create(family);
        TrainingResult result = Build(group, model, configure).TrainAsync(2).GetAwaiter().GetResult();
        return [[.. result.Losses], [.. model.parameters().SelectMany(parameter => parameter.detach().to(ScalarType.Float32).reshape(-1).data<float>().ToArray()).Select(value => (double)value)]];
    }

    private static LongAlignTrainer Build(IProcessGroup group, CausalLanguageModel model, Action<LongAlignTrainerBuilder> configure)
    {
        LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(Dataset).UseProcessGroup(group).UseGradientCheckpointing()
            .UsePacking(packing => (packing.Capacity, packing.GlobalBatchSize) = (27, 4)).UseAdamW(learningRate: 1e-3, epsilon: 1e-3);
        configure(builder);
        return builder.Build();
    }

    private static TokenSequence Sequence(int length, int step)
    {
        int[] ids = [.. Enumerable.Range(1, length).Select(t => t * step % TinyModel.Vocabulary)];
        return new TokenSequence(ids, ids);
    }
}
