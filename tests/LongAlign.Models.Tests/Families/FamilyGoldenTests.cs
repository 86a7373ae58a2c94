using System.Text.Json;
using System.Text.Json.Nodes;
using LongAlign.Collation;
using LongAlign.Losses;
using LongAlign.Models.Configuration;
using LongAlign.Models.Decoders;
using LongAlign.Models.Generation;
using LongAlign.Safetensors;
using LongAlign.Sequences;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Models.Tests.Families;

/// <summary>Every checkpoint of the set computes what Hugging Face's own code does: logits, loss, gradients, answers, far positions, frequencies, files.</summary>
[Trait("Category", "Golden")]
[Trait("Speed", "Slow")]
public sealed class FamilyGoldenTests
{
    /// <summary>Those of families that are supported.</summary>
    public static TheoryData<string> Models => [.. ModelSet.Models.Where(folder => folder.Length == 0 || !IsRefused(folder)).DefaultIfEmpty("")];

    public static TheoryData<string> Refused => [.. ModelSet.Models.Where(folder => folder.Length > 0 && IsRefused(folder)).DefaultIfEmpty("")];

    public static TheoryData<string> Far => [.. ModelSet.Models.Where(folder => folder.Length > 0 && !IsRefused(folder) && ModelSet.HasFar(folder)).DefaultIfEmpty("")];

    [Theory]
    [MemberData(nameof(Models))]
    public void Logits_are_the_references_for_a_pack_and_for_each_sequence_alone(string folder)
    {
        ModelSet.SkipUnless(folder);
        using DisposeScope scope = NewDisposeScope();
        using CausalLanguageModel model = CausalLanguageModel.FromPretrained(ModelSet.PathOf(folder));
        double tolerance = ModelSet.Reference(folder).GetProperty("tolerance").GetProperty("logits").GetDouble();
        Tensor expected = Npy.Read(ModelSet.PathOf(folder, "logits_alone.npy")).ToTensor();
        TokenSequence[] sequences = ModelSet.Sequences(folder);
        using (PackedBatch pack = ModelSet.Pack(sequences))
        {
            Assert.InRange(ModelSet.MaxDifference(Logits(model, pack), expected), 0, tolerance);
        }

        long row = 0;
        foreach (TokenSequence sequence in sequences)
        {
            using PackedBatch alone = ModelSet.Pack(sequence);
            Assert.InRange(ModelSet.MaxDifference(Logits(model, alone), expected.narrow(0, row, sequence.Length)), 0, tolerance);
            row += sequence.Length;
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Loss_and_gradients_are_the_references_also_with_layers_computed_again(string folder)
    {
        ModelSet.SkipUnless(folder);
        using DisposeScope scope = NewDisposeScope();
        using CausalLanguageModel model = CausalLanguageModel.FromPretrained(ModelSet.PathOf(folder));
        JsonElement reference = ModelSet.Reference(folder);
        using PackedBatch pack = ModelSet.Pack(ModelSet.Sequences(folder));
        foreach (bool again in new[] { false, true })
        {
            model.GradientCheckpointing = again;
            model.zero_grad();
            using WeightedPackingLoss weighted = new();
            Tensor loss = weighted.forward(Logits(model, pack), pack);
            loss.backward();
            ModelSet.AssertNear(reference.GetProperty("loss").GetDouble(), loss.ToDouble(), 1e-5, "loss");
            AssertGradients(reference, model);
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Greedy_answers_with_a_cache_are_the_references(string folder)
    {
        ModelSet.SkipUnless(folder);
        using CausalLanguageModel model = CausalLanguageModel.FromPretrained(ModelSet.PathOf(folder));
        JsonElement[] cases = [.. ModelSet.Reference(folder).GetProperty("greedy").EnumerateArray()];
        GenerationOptions options = new() { MaxNewTokens = cases[0].GetProperty("continuation").GetArrayLength(), StopTokenIds = [] };
        IReadOnlyList<GeneratedSequence> answers = new TokenGenerator(model).Generate([.. cases.Select(c => Golden.Ints(c.GetProperty("prompt")))], options);
        Assert.All(cases.Zip(answers), pair => Assert.Equal(Golden.Ints(pair.First.GetProperty("continuation")), pair.Second.TokenIds));
    }

    [Theory]
    [MemberData(nameof(Far))]
    public void Far_positions_are_the_references(string folder)
    {
        ModelSet.SkipUnless(folder);
        using DisposeScope scope = NewDisposeScope();
        using CausalLanguageModel model = CausalLanguageModel.FromPretrained(ModelSet.PathOf(folder));
        double tolerance = ModelSet.Reference(folder).GetProperty("tolerance").GetProperty("far").GetDouble();
        Tensor ids = Npy.Read(ModelSet.PathOf(folder, "far_input_ids.npy")).ToTensor();
        foreach (string kind in new[] { "far_contiguous", "far_gap" })
        {
            Tensor positions = Npy.Read(ModelSet.PathOf(folder, $"{kind}_position_ids.npy")).ToTensor().to(ScalarType.Int64);
            Tensor expected = Npy.Read(ModelSet.PathOf(folder, $"{kind}_logits.npy")).ToTensor();
            Tensor logits = model.forward(ids, positions, PackLayout.FromLengths((int)ids.shape[0]));
            double difference = ModelSet.MaxDifference(logits, expected);
            Assert.True(difference <= tolerance, $"{kind}: {difference}, allowed {tolerance}.");
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Rotary_frequencies_are_the_references(string folder)
    {
        ModelSet.SkipUnless(folder);
        DecoderDescription decoder = ModelConfig.Load(ModelSet.PathOf(folder)).Decoder;
        if (!ModelSet.Reference(folder).TryGetProperty("rope", out JsonElement reference))
        {
            return;
        }

        foreach (JsonProperty entry in reference.EnumerateObject())
        {
            (RopeDescription rope, long length) = entry.Name switch
            {
                "sliding_attention" => (decoder.Ropes.Zip(decoder.Windows).First(layer => layer.Second is not null).First!, 0),
                "long" => (decoder.Rope, decoder.MaxPositions),
                var name when name.StartsWith("length_", StringComparison.Ordinal) => (decoder.Rope, long.Parse(name["length_".Length..], System.Globalization.CultureInfo.InvariantCulture)),
                _ => (decoder.Rope, 0L),
            };
            double[] expected = Golden.Numbers(entry.Value.GetProperty("inv_freq"));
            double[] actual = rope.Frequencies(rope.Scaling?.RegimeOf(length) ?? 0);
            Assert.Equal(expected.Length, actual.Length);
            Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-6 * pair.First));
            Assert.Equal(entry.Value.GetProperty("attention_factor").GetDouble(), rope.Scaling?.AttentionFactor ?? 1, 1e-8);
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_folder_that_is_read_and_saved_is_the_same_to_the_bit(string folder)
    {
        ModelSet.SkipUnless(folder);
        using TemporaryFolder saved = new();
        using (CausalLanguageModel model = CausalLanguageModel.FromPretrained(ModelSet.PathOf(folder)))
        {
            model.SavePretrained(saved);
        }

        using DisposeScope scope = NewDisposeScope();
        using SafetensorsReader before = new(ModelSet.PathOf(folder, "model.safetensors"));
        using SafetensorsReader after = new(saved.File("model.safetensors"));
        Assert.Equal(before.Entries.Keys.Order(), after.Entries.Keys.Order());
        Assert.All(before.Entries.Keys, name => Assert.Equal(before.Read(name).bytes.ToArray(), after.Read(name).bytes.ToArray()));
        JsonObject was = JsonNode.Parse(File.ReadAllText(ModelSet.PathOf(folder, "config.json")))!.AsObject();
        JsonObject became = JsonNode.Parse(File.ReadAllText(saved.File("config.json")))!.AsObject();
        foreach (string key in new[] { "dtype", "torch_dtype", "tie_word_embeddings" }) // the dtype is said, and so is a head that only the weights tell of
        {
            was.Remove(key);
            became.Remove(key);
        }

        Assert.True(JsonNode.DeepEquals(was, became), became.ToJsonString());
        using CausalLanguageModel again = CausalLanguageModel.FromPretrained(saved);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_longer_context_is_computed_and_saved(string folder)
    {
        ModelSet.SkipUnless(folder);
        using DisposeScope scope = NewDisposeScope();
        using TemporaryFolder saved = new();
        using CausalLanguageModel model = CausalLanguageModel.FromPretrained(ModelSet.PathOf(folder));
        using PackedBatch pack = ModelSet.Pack(ModelSet.Sequences(folder));
        Tensor before = Logits(model, pack);
        (double theta, int positions) = (model.Config.RopeTheta, 2 * model.MaxPositions);
        model.ExtendContext(200, positions);
        Assert.Equal(200 * theta, model.Config.RopeTheta);
        Assert.True(model.MaxPositions >= positions);
        Tensor extended = Logits(model, pack);
        Assert.True(ModelSet.MaxDifference(extended, before) > 1e-3);
        model.SavePretrained(saved);
        using CausalLanguageModel again = CausalLanguageModel.FromPretrained(saved);
        Assert.Equal(0, ModelSet.MaxDifference(Logits(again, pack), extended));
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_family_that_is_not_supported_is_refused_with_the_reason(string folder)
    {
        ModelSet.SkipUnless(folder);
        string message = Assert.Throws<InvalidDataException>(() => CausalLanguageModel.FromPretrained(ModelSet.PathOf(folder))).Message;
        Assert.Contains($"\"{ModelSet.FamilyOf(folder)}\", which is not supported: {ModelFamily.Refused[ModelSet.FamilyOf(folder)]}", message, StringComparison.Ordinal);
    }

    private static bool IsRefused(string folder) => ModelFamily.Refused.ContainsKey(ModelSet.FamilyOf(folder));

    private static Tensor Logits(CausalLanguageModel model, PackedBatch pack) => model.forward(pack.InputIds, pack.PositionIds, pack.Layout);

    private static void AssertGradients(JsonElement reference, CausalLanguageModel model)
    {
        double total = reference.GetProperty("grad_norm_total").GetDouble();
        JsonElement expected = reference.GetProperty("grads");
        Dictionary<string, Parameter> parameters = model.named_parameters().ToDictionary(named => named.name, named => named.parameter);
        Assert.Equal(expected.EnumerateObject().Select(tensor => tensor.Name).Order(), parameters.Keys.Order());
        double squares = 0;
        foreach (JsonProperty tensor in expected.EnumerateObject())
        {
            Tensor gradient = parameters[tensor.Name].grad!;
            ModelSet.AssertSummary(tensor.Value, gradient, 1e-3 * total, $"gradient of {tensor.Name}");
            squares += Math.Pow(gradient.norm().ToDouble(), 2);
        }

        ModelSet.AssertNear(total, Math.Sqrt(squares), 1e-4 * total, "norm of all gradients");
    }
}
