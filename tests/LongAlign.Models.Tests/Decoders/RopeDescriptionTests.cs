using System.Text.Json.Nodes;
using LongAlign.Models.Decoders;

namespace LongAlign.Models.Tests.Decoders;

public sealed class RopeDescriptionTests
{
    /// <summary>Llama 3.1 8B's configuration.</summary>
    private const string Llama31 = """{ "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192, "rope_type": "llama3" }""";

    private static readonly RopeScaling Llama31Scaling = new BandScaling(8, 1, 4, 8192);

    [Fact]
    public void Frequencies_of_llama_3_1_are_those_of_hugging_face()
    {
        double[] expected = ReferenceDecoder.Frequencies(128, 500_000, JsonNode.Parse(Llama31));
        double[] wide = new RopeDescription(500_000, 128, Scaling: Llama31Scaling).Frequencies();
        Assert.All(expected.Zip(wide), pair => Assert.Equal(pair.First, pair.Second, 1e-12 * pair.First));
    }

    /// <summary>The three bands: wavelengths under 2,048 stay, those over 8,192 are eight times as long.</summary>
    [Fact]
    public void Fast_frequencies_of_llama_3_1_stay_and_slow_ones_are_an_eighth()
    {
        double[] plain = new RopeDescription(500_000, 128).Frequencies();
        double[] scaled = new RopeDescription(500_000, 128, Scaling: Llama31Scaling).Frequencies();
        double[] ratios = [.. plain.Zip(scaled, (before, after) => before / after)];
        Assert.Equal(29, ratios.Count(ratio => Math.Abs(ratio - 1) < 1e-9));
        Assert.Equal(29, ratios.Count(ratio => Math.Abs(ratio - 8) < 1e-9));
        Assert.Equal(ratios.Order(), ratios);
    }

    [Fact]
    public void A_base_200_times_as_large_slows_the_last_frequency_by_nearly_as_much()
    {
        double slowest = new RopeDescription(10_000, 128).Frequencies()[^1];
        double extended = new RopeDescription(2_000_000, 128).Frequencies()[^1];
        Assert.Equal(Math.Pow(200, 126.0 / 128), slowest / extended, 1e-6);
    }
}
