using LongAlign.Core.Tests.Distributed;
using LongAlign.Distributed;
using LongAlign.Models.Adapters;
using LongAlign.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Models.Tests.Training;

/// <summary>Every family trains with shared weights as one process does.</summary>
public sealed class ShardedModelTests
{
    public static TheoryData<string> Families => [.. TinyModel.All];

    [Theory]
    [MemberData(nameof(Families))]
    public void Losses_and_weights_are_those_of_one_process(string family) => AssertEqual(2, family, Sharding.Parameters);

    [Theory]
    [InlineData(Sharding.OptimizerState)]
    [InlineData(Sharding.Gradients)]
    [InlineData(Sharding.Parameters)]
    public void So_they_are_with_an_adapter(Sharding sharding)
        => AssertEqual(3, "llama", sharding, builder => builder.UseLoRA(new LoraOptions { Rank = 2, Dropout = 0 }));

    [Theory]
    [InlineData(Sharding.OptimizerState)]
    [InlineData(Sharding.Parameters)]
    public void So_they_are_with_an_adapter_in_mixed_precision_to_its_rounding(Sharding sharding)
        => AssertEqual(2, "llama", sharding, builder => builder.UseMixedPrecision().UseLoRA(new LoraOptions { Rank = 2, Dropout = 0 }), tolerance: 2e-2);

    [Fact]
    public void So_they_are_with_adapters_of_embedding_and_head()
        => AssertEqual(2, "llama", Sharding.Parameters, builder => builder.UseLoRA(new LoraOptions { Rank = 2, Dropout = 0, Targets = ["embed_tokens", "lm_head", "q_proj"] }));

    [Theory]
    [MemberData(nameof(Families))]
    public void Between_steps_a_rank_has_no_weight_whole_but_the_last_norm(string family) => ThreadProcessGroup.Results(2, group =>
    {
        using CausalLanguageModel model = TinyModel.Create(family);
        WholeWeights whole = new();
        RankedTraining.Build(group, model, builder => builder.UseGradientCheckpointing().UseSharding(Sharding.Parameters).UseCallback(whole)).TrainAsync(1).GetAwaiter().GetResult();
        Assert.NotEmpty(whole.Names);
        Assert.All(whole.Names, name => Assert.Matches(@"^[a-z_.]*norm[a-z_]*\.(weight|bias)$", name));
        return 0;
    });

    [Fact]
    public void So_they_are_where_ranks_share_packs_too() => RankedTraining.AssertEqual(
        4, "llama", builder => builder.UseGradientCheckpointing(), builder => builder.UseSharding(Sharding.Parameters).UseSequenceParallelism(2));

    [Fact]
    public void After_the_run_every_rank_has_and_saves_the_whole_model()
    {
        string[] texts = ThreadProcessGroup.Results(2, group =>
        {
            using TemporaryFolder folder = new();
            using CausalLanguageModel model = TinyModel.Create("llama");
            RankedTraining.Build(group, model, builder => builder.UseGradientCheckpointing().UseSharding(Sharding.Parameters)).TrainAsync(1).GetAwaiter().GetResult();
            model.SavePretrained(folder);
            using CausalLanguageModel read = CausalLanguageModel.FromPretrained(folder);
            return string.Join(' ', read.parameters().SelectMany(parameter => parameter.data<float>().ToArray()));
        });
        Assert.Equal(texts[0], texts[1]);
        Assert.DoesNotContain("NaN", texts[0], StringComparison.Ordinal);
    }

    private static void AssertEqual(int ranks, string family, Sharding sharding, Action<LongAlignTrainerBuilder>? configure = null, double tolerance = 1e-5)
        => RankedTraining.AssertEqual(ranks, family, (configure ?? (_ => { })) + (builder => builder.UseGradientCheckpointing()), builder => builder.UseSharding(sharding), tolerance);

    private sealed class WholeWeights : ITrainingCallback
    {
        public HashSet<string> Names { get; } = [];

        public void AfterStep(TrainingContext context)
        {
            foreach ((string name, Parameter weights) in context.Model.named_parameters())
            {
                using Tensor isNaN = weights.isnan();
                if (!isNaN.all().ToBoolean())
                {
                    Names.Add(name);
                }
            }
        }
    }
}
