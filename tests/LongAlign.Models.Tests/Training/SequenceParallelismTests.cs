using LongAlign.Core.Tests.Distributed;
using LongAlign.Models.Adapters;
using LongAlign.Training;

namespace LongAlign.Models.Tests.Training;

/// <summary>Every family trains on packs that ranks share as one process does.</summary>
public sealed class SequenceParallelismTests
{
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
            (double[][]? _, Exception? Fault)[] outcomes = ThreadProcessGroup.Run(
                size, group => RankedTraining.Train(group, family, builder => builder.UseSequenceParallelism(size), prepare));
            Assert.All(outcomes, outcome => Assert.Contains(expected, Assert.IsType<InvalidOperationException>(outcome.Fault).Message, StringComparison.Ordinal));
        }
    }

    private static void AssertEqual(int size, string family, Action<LongAlignTrainerBuilder> configure, double tolerance = 1e-5)
        => RankedTraining.AssertEqual(size, family, configure, builder => builder.UseSequenceParallelism(size), tolerance);
}
