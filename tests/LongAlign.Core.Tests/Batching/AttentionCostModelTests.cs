using CsCheck;
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
    public void Measurements_without_error_give_the_model_back() =>
        (from fixedCost in Gen.Double[0, 2]
         from perToken in Gen.Double[1e-6, 1e-3]
         from perSquare in Gen.Double[1e-10, 1e-8]
         from extra in Gen.Int[1, 65_536].Array[0, 20]
         select (Model: new AttentionCostModel { PerMicroBatch = fixedCost, PerToken = perToken, PerSquaredToken = perSquare }, extra)).Sample(c =>
    {
        (long Tokens, long Squares)[] sizes = [(100, 100), (1_000, 1_000_000), (65_536, 65_536), (65_536, 1L << 32), (30_000, 90_000_000), .. c.extra.Select(n => ((long)n, (long)n * n))];
        AttentionCostModel fit = AttentionCostModel.FromMeasurements(
            sizes.Select(size => new CostMeasurement(size.Tokens, size.Squares, c.Model.GetCost(size.Tokens, size.Squares))));
        Assert.All(sizes, size => Assert.Equal(1, fit.GetCost(size.Tokens, size.Squares) / c.Model.GetCost(size.Tokens, size.Squares), 1e-6));
    });

    [Fact]
    public void No_coefficient_is_negative_and_no_fit_of_its_neighbourhood_is_better() =>
        Gen.Select(Gen.Int[1, 10_000], Gen.Int[1, 20], Gen.Double[0.001, 10]).Array[6, 12].Sample(rows =>
        {
            CostMeasurement[] measurements = [new(10, 10, 0.1), new(10, 100, 0.1), new(1_000, 1_000, 1), .. rows.Select(r => new CostMeasurement((long)r.Item1 * r.Item2, (long)r.Item1 * r.Item1 * r.Item2, r.Item3))];
            AttentionCostModel fit = AttentionCostModel.FromMeasurements(measurements);
            double Error(double a, double b, double c) => measurements.Sum(m => Math.Pow(((a + (b * m.TokenCount) + (c * m.SquaredTokenCount)) / m.Seconds) - 1, 2));
            double least = Error(fit.PerMicroBatch, fit.PerToken, fit.PerSquaredToken);
            foreach (double factor in new[] { 0.9, 1.1 })
            {
                Assert.True(least <= Error(fit.PerMicroBatch * factor, fit.PerToken, fit.PerSquaredToken) * (1 + 1e-9));
                Assert.True(least <= Error(fit.PerMicroBatch, fit.PerToken * factor, fit.PerSquaredToken) * (1 + 1e-9));
                Assert.True(least <= Error(fit.PerMicroBatch, fit.PerToken, fit.PerSquaredToken * factor) * (1 + 1e-9));
            }

            Assert.True(least <= Error(fit.PerMicroBatch + 1e-4, fit.PerToken, fit.PerSquaredToken) * (1 + 1e-9));
            Assert.True(least <= Error(fit.PerMicroBatch, fit.PerToken + 1e-8, fit.PerSquaredToken) * (1 + 1e-9));
            Assert.True(least <= Error(fit.PerMicroBatch, fit.PerToken, fit.PerSquaredToken + 1e-12) * (1 + 1e-9));
        });

    [Fact]
    public void Measurements_that_say_too_little_are_refused()
    {
        Assert.Contains("There are 2 measurements; expected at least 3", Fault(new(1, 1, 1), new(2, 4, 1)), StringComparison.Ordinal);
        Assert.Contains("Measurement 1 is", Fault(new(1, 1, 1), new(2, 4, 0), new(3, 9, 1)), StringComparison.Ordinal);
        Assert.Contains("Measurement 0 is", Fault(new(0, 0, 1), new(2, 4, 1), new(3, 9, 1)), StringComparison.Ordinal);
        Assert.Contains("Measurement 2 is", Fault(new(1, 1, 1), new(2, 4, 1), new(3, 9, double.NaN)), StringComparison.Ordinal);
        Assert.Contains("too much alike", Fault(new(8, 64, 1), new(8, 64, 1.1), new(8, 64, 0.9)), StringComparison.Ordinal);
        Assert.Contains("too much alike", Fault(new(8, 80, 1), new(16, 160, 2), new(24, 240, 3)), StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>(() => AttentionCostModel.FromMeasurements(null!));

        static string Fault(params CostMeasurement[] measurements)
            => Assert.Throws<ArgumentException>(() => AttentionCostModel.FromMeasurements(measurements)).Message;
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
