using LongAlign.Batching;
using LongAlign.Sequences;

namespace LongAlign.Core.Tests.Batching;

public sealed class AttentionCostModelTests
{
    [Fact]
    public void Flops_of_a_tiny_model_are_those_counted_by_hand()
    {
        // Width 4, two heads of 2, one of them for keys and values, feed-forward 8, vocabulary 10, one layer.
        // Weights: query and output 16 each, key and value 8 each, three of 32, output 40: 184. Six FLOPs each, with backward.
        AttentionCostModel cost = AttentionCostModel.FromModel(4, 8, 1, 2, 1, 10);
        Assert.Equal(6 * 184, cost.PerToken);

        // Scores and values: 2 x 2 x 4 FLOPs a pair, half of the pairs, three times with backward.
        Assert.Equal(24, cost.PerSquaredToken);
        Assert.Equal(0, cost.PerMicroBatch);
    }

    [Fact]
    public void The_papers_models_have_their_size()
    {
        // Six FLOPs a weight and token; the input embedding is looked up, not multiplied.
        Assert.Equal(6.607e9, AttentionCostModel.Llama7B64k.PerToken / 6, 0.001e9);
        Assert.Equal(12.852e9, AttentionCostModel.Llama13B64k.PerToken / 6, 0.001e9);
        Assert.Equal(5.977e9, AttentionCostModel.ChatGlm6B64k.PerToken / 6, 0.001e9);
        Assert.Equal(6.0 * 32 * 4_096, AttentionCostModel.Llama7B64k.PerSquaredToken);
    }

    [Fact]
    public void A_pack_costs_what_its_sequences_cost_and_padding_costs_as_much_as_tokens()
    {
        AttentionCostModel cost = new() { PerMicroBatch = 1_000, PerToken = 10, PerSquaredToken = 1 };
        int[] lengths = [3, 9, 2, 7];
        MicroBatch microBatch = new(new[] { 0, 3, 1 }, new LengthLimit(8));
        Assert.Equal(1_000 + (10 * (3 + 7 + 8)) + 9 + 49 + 64, cost.GetPackedCost(microBatch, lengths));
        Assert.Equal(1_000 + (10 * 24) + (3 * 64), cost.GetPaddedCost(microBatch, lengths));
        Assert.Equal(1_025, cost.GetCost(2, 5));
    }

    [Fact]
    public void Numbers_that_make_no_sense_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => AttentionCostModel.FromModel(0, 1, 1, 1, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => AttentionCostModel.FromModel(1, 0, 1, 1, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => AttentionCostModel.FromModel(1, 1, 0, 1, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => AttentionCostModel.FromModel(1, 1, 1, 0, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => AttentionCostModel.FromModel(1, 1, 1, 1, 0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => AttentionCostModel.FromModel(1, 1, 1, 1, 1, -1));
        Assert.Throws<ArgumentException>(() => AttentionCostModel.FromModel(10, 1, 1, 3, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new AttentionCostModel { PerToken = -1, PerSquaredToken = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new AttentionCostModel { PerToken = 1, PerSquaredToken = double.NaN });
        Assert.Throws<ArgumentOutOfRangeException>(() => AttentionCostModel.Llama7B64k with { PerMicroBatch = double.PositiveInfinity });
    }
}
