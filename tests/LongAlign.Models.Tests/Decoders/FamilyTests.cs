using LongAlign.Collation;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Models.Tests.Decoders;

/// <summary>Every family, in float64, against <see cref="ReferenceDecoder"/>: so sharp that no piece of a formula can be wrong.</summary>
public sealed class FamilyTests
{
    private const double Tolerance = 1e-10;

    private static readonly int[][] Sequences = [[3, 28, 0, 7, 7, 11, 2, 19, 5], [1], [14, 14, 9, 21]];

    public static TheoryData<string> Families => [.. TinyModel.Families];

    [Theory]
    [MemberData(nameof(Families))]
    public void Logits_of_a_pack_are_those_of_the_plain_decoder_sequence_by_sequence(string family)
    {
        using DisposeScope scope = NewDisposeScope();
        using CausalLanguageModel model = TinyModel.Create(family, ScalarType.Float64);
        ReferenceDecoder reference = ReferenceOf(family, WeightsOf(model));
        double[] expected = [.. Sequences.SelectMany(reference.Logits).SelectMany(row => row)];
        double[] actual = Forward(model).detach().flatten().data<double>().ToArray();
        Assert.Equal(expected.Length, actual.Length);
        Assert.True(expected.Max(Math.Abs) > 0.1);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, Tolerance));
    }

    /// <summary>The slope of the plain decoder's logits along a random direction of each weight, by central differences.</summary>
    [Theory]
    [MemberData(nameof(Families))]
    public void Gradients_are_the_slopes_of_the_plain_decoder(string family)
    {
        const double Step = 1e-5;
        using DisposeScope scope = NewDisposeScope();
        using CausalLanguageModel model = TinyModel.Create(family, ScalarType.Float64);
        Random random = new(3);
        double[] coefficients = [.. Enumerable.Range(0, Sequences.Sum(s => s.Length) * TinyModel.Vocabulary).Select(_ => random.NextDouble() - 0.5)];
        (Forward(model).flatten() * tensor(coefficients)).sum().backward();
        Dictionary<string, double[]> weights = WeightsOf(model);
        foreach ((string name, Parameter parameter) in model.named_parameters())
        {
            double[] gradient = parameter.grad!.flatten().data<double>().ToArray();
            double[] direction = [.. gradient.Select(_ => random.NextDouble() - 0.5)];
            double expected = (Loss(Step) - Loss(-Step)) / (2 * Step);
            double actual = gradient.Zip(direction, (g, d) => g * d).Sum();
            Assert.True(Math.Abs(expected) > 1e-4, name);
            Assert.True(Math.Abs(expected - actual) < 1e-6 * Math.Max(1, Math.Abs(expected)), $"{name}: {expected} and {actual}");

            double Loss(double step)
            {
                Dictionary<string, double[]> moved = new(weights) { [name] = [.. weights[name].Zip(direction, (w, d) => w + (step * d))] };
                return Sequences.SelectMany(ReferenceOf(family, moved).Logits).SelectMany(row => row).Zip(coefficients, (l, c) => l * c).Sum();
            }
        }
    }

    [Theory]
    [InlineData("llama", "model.layers.1.self_attn.q_proj.weight", "lm_head.weight")]
    [InlineData("qwen2", "model.layers.0.self_attn.v_proj.bias", "model.embed_tokens.weight")]
    [InlineData("qwen3", "model.layers.0.self_attn.k_norm.weight", "model.norm.weight")]
    [InlineData("chatglm", "transformer.encoder.layers.1.self_attention.query_key_value.bias", "transformer.encoder.layers.0.mlp.dense_4h_to_h.weight")]
    [InlineData("chatglm", "transformer.embedding.word_embeddings.weight", "transformer.output_layer.weight")]
    public void Parameters_have_the_names_of_the_family(string family, params string[] names)
    {
        using CausalLanguageModel model = TinyModel.Create(family);
        string[] parameters = [.. model.named_parameters().Select(named => named.name)];
        Assert.All(names, name => Assert.Contains(name, parameters));
    }

    private static ReferenceDecoder ReferenceOf(string family, Dictionary<string, double[]> weights)
        => new(TinyModel.JsonOf(family), name => weights[name], weights.ContainsKey);

    private static Dictionary<string, double[]> WeightsOf(CausalLanguageModel model)
        => model.named_parameters().ToDictionary(named => named.name, named => named.parameter.detach().flatten().data<double>().ToArray());

    private static Tensor Forward(CausalLanguageModel model)
    {
        long[] ids = [.. Sequences.SelectMany(sequence => sequence).Select(id => (long)id)];
        long[] positions = [.. Sequences.SelectMany(sequence => sequence.Select((_, i) => (long)i))];
        return model.forward(tensor(ids), tensor(positions), PackLayout.FromLengths([.. Sequences.Select(sequence => sequence.Length)]));
    }
}
