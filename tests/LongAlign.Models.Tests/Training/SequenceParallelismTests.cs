using LongAlign.Core.Tests.Distributed;
using LongAlign.Distributed;
using LongAlign.Models.Adapters;
using LongAlign.Sequences;
using LongAlign.Training;
using static TorchSharp.torch;

namespace LongAlign.Models.Tests.Training;

/// <summary>Every family trains on packs that ranks share as one process does.</summary>
public sealed class SequenceParallelismTests
{
    private static readonly InMemoryDataset Dataset = new([.. new[] { 9, 2, 14, 5, 11, 7 }.Select((length, i) => Sequence(length, i + 1))]);

    public static TheoryData<string> Families => [.. TinyModel.All];

    [Theory]
    [MemberData(nameof(Families))]
    public void Losses_and_weights_are_those_of_one_process(string family) => AssertEqual(2, family, _ => { });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void So_they_are_with_more_ranks_than_key_heads_checkpointing_and_an_adapter(bool adapter) => AssertEqual(4, "llama", builder =>
    {
        builder.UseGradientCheckpointing();
        _ = adapter ? builder.UseLoRA(new LoraOptions { Rank = 2, Dropout = 0 }) : builder;
    });

    [Fact]
    public void Mixed_precision_is_within_its_rounding() => AssertEqual(2, "llama", builder => builder.UseMixedPrecision(), 2e-2);

    [Fact]
    public void Heads_that_cannot_be_dealt_out_and_router_losses_are_refused()
    {
        AssertRefused(3, "llama", _ => { }, "4 heads can't be dealt to 3 ranks");
        AssertRefused(2, "mixtral", model => model.RouterLossWeight = 0.1, "RouterLossWeight is 0.1");

        static void AssertRefused(int size, string family, Action<CausalLanguageModel> prepare, string expected)
        {
            (double[][]? _, Exception? Fault)[] outcomes = ThreadProcessGroup.Run(size, group => Train(group, family, builder => builder.UseSequenceParallelism(size), prepare));
            Assert.All(outcomes, outcome => Assert.Contains(expected, Assert.IsType<InvalidOperationException>(outcome.Fault).Message, StringComparison.Ordinal));
        }
    }

    private static void AssertEqual(int size, string family, Action<LongAlignTrainerBuilder> configure, double tolerance = 1e-5)
    {
        double[][] one = Train(SingleProcessGroup.Instance, family, configure);
        foreach (double[][] rank in ThreadProcessGroup.Results(size, group => Train(group, family, builder => configure(builder.UseSequenceParallelism(size)))))
        {
            Assert.Equal(one[0], rank[0], (a, b) => Math.Abs(a - b) <= tolerance * Math.Max(1, Math.Abs(a)));
            Assert.Equal(one[1], rank[1], (a, b) => Math.Abs(a - b) <= tolerance * Math.Max(1, Math.Abs(a)));
        }
    }

    /// <summary>Losses, then weights.</summary>
    private static double[][] Train(IProcessGroup group, string family, Action<LongAlignTrainerBuilder> configure, Action<CausalLanguageModel>? prepare = null)
    {
        using CausalLanguageModel model = TinyModel.Create(family);
        prepare?.Invoke(model);
        LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(Dataset).UseProcessGroup(group)
            .UsePacking(packing => (packing.Capacity, packing.GlobalBatchSize) = (27, 3)).UseAdamW(learningRate: 1e-3, epsilon: 1e-3);
        configure(builder);
        TrainingResult result = builder.Build().TrainAsync(2).GetAwaiter().GetResult();
        return [[.. result.Losses], [.. model.parameters().SelectMany(parameter => parameter.detach().to(ScalarType.Float32).reshape(-1).data<float>().ToArray()).Select(value => (double)value)]];
    }

    private static TokenSequence Sequence(int length, int step)
    {
        int[] ids = [.. Enumerable.Range(1, length).Select(t => t * step % TinyModel.Vocabulary)];
        return new TokenSequence(ids, ids);
    }
}
