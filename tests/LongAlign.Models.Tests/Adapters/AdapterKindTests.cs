using System.Text.Json.Nodes;
using LongAlign.Collation;
using LongAlign.Models.Adapters;
using LongAlign.Safetensors;
using LongAlign.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Models.Tests.Adapters;

/// <summary>Adapters of every kind: trained, saved, read, merged.</summary>
public sealed class AdapterKindTests
{
    private static readonly Dictionary<string, LoraOptions> Kinds = new()
    {
        ["patterns"] = new() { Rank = 2, Targets = ["q_proj", "down_proj"], RankPattern = new OrderedDictionary<string, int> { ["layers\\.1\\..*"] = 3, ["q_proj"] = 1 }, AlphaPattern = new OrderedDictionary<string, double> { ["down_proj"] = 5 } },
        ["dora"] = new() { Rank = 2, Targets = ["q_proj", "up_proj"], Dora = true },
        ["dora, dropout"] = new() { Rank = 2, Targets = ["q_proj"], Dora = true, Dropout = 0.5 },
        ["head"] = new() { Rank = 2, Targets = ["q_proj", "lm_head"] },
        ["embedding"] = new() { Rank = 2, Targets = ["q_proj", "embed_tokens"] },
        ["whole modules"] = new() { Rank = 2, Targets = ["q_proj"], ModulesToSave = ["lm_head", "embed_tokens", "layers.1.input_layernorm"] },
        ["biases of all"] = new() { Rank = 2, Targets = ["q_proj"], Bias = LoraBias.All },
        ["biases of targets"] = new() { Rank = 2, Targets = ["q_proj", "o_proj"], Bias = LoraBias.LoraOnly, Dora = true },
    };

    public static TheoryData<string> Names => [.. Kinds.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void An_adapter_learns_and_is_read_again_to_the_bit_and_merges_into_what_it_computes(string kind)
    {
        using DisposeScope scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        using CausalLanguageModel model = TinyModel.Create("llama, biases");
        float[] before = TinyAdapters.Logits(model);
        LoraAdapter adapter = model.AddLora(Kinds[kind]);
        model.eval();
        Assert.True(TinyAdapters.LargestDifference(before, TinyAdapters.Logits(model)) < 1e-6);
        model.train();
        Train(model, adapter);
        model.eval();
        float[] after = TinyAdapters.Logits(model);
        Assert.True(TinyAdapters.LargestDifference(before, after) > 1e-3);
        Assert.All(model.named_parameters().Where(named => !adapter.Parameters.Any(trained => ReferenceEquals(trained, named.parameter))), named => Assert.Null(named.parameter.grad));

        adapter.Save(folder);
        using CausalLanguageModel other = TinyModel.Create("llama, biases");
        LoraAdapter read = other.LoadLora(folder);
        other.eval();
        Assert.Equal(adapter.TargetNames, read.TargetNames);
        Assert.Equal(adapter.Parameters.Select(TinyAdapters.Bytes), read.Parameters.Select(TinyAdapters.Bytes));
        Assert.Equal(after, TinyAdapters.Logits(other));

        using CausalLanguageModel resumed = TinyModel.Create("llama, biases");
        LoraAdapter same = resumed.AddLora(Kinds[kind]);
        same.LoadWeights(folder);
        Assert.Equal(adapter.Parameters.Select(TinyAdapters.Bytes), same.Parameters.Select(TinyAdapters.Bytes));

        Dictionary<string, byte[]> weights = TinyAdapters.BaseWeights(other);
        read.Merge();
        Assert.True(TinyAdapters.LargestDifference(after, TinyAdapters.Logits(other)) < 2e-5);
        read.Unmerge();
        Assert.Equal(weights, TinyAdapters.BaseWeights(other));
    }

    [Fact]
    public void A_part_takes_rank_and_alpha_of_the_first_key_that_matches_it()
    {
        UpdateSizes sizes = new(Kinds["patterns"]);
        Assert.Equal((3, 16.0 / 3), sizes.Of("model.layers.1.self_attn.q_proj"));
        Assert.Equal((1, 16), sizes.Of("model.layers.0.self_attn.q_proj"));
        Assert.Equal((2, 2.5), sizes.Of("model.layers.0.mlp.down_proj"));
        Assert.Equal((2, 8), sizes.Of("model.layers.0.self_attn.xq_proj")); // an end after a dot alone
    }

    [Fact]
    public void Of_a_tied_model_head_and_embedding_are_trained_and_saved_as_one()
    {
        using DisposeScope scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        using CausalLanguageModel model = TinyModel.Create("llama, tied");
        LoraAdapter adapter = model.AddLora(new LoraOptions { Targets = ["q_proj"], ModulesToSave = ["lm_head"] }).WithValues();
        adapter.Save(folder);
        Assert.Equal(["lm_head", "embed_tokens"], JsonNode.Parse(File.ReadAllText(folder.File("adapter_config.json")))!["modules_to_save"]!.AsArray().Select(name => (string)name!));
        using CausalLanguageModel other = TinyModel.Create("llama, tied");
        other.LoadLora(folder);
        Assert.Equal(TinyAdapters.Logits(model), TinyAdapters.Logits(other));

        // The two apart would be another model.
        Rewrite(folder, "base_model.model.lm_head.weight", tensor => tensor + 1);
        using CausalLanguageModel third = TinyModel.Create("llama, tied");
        Assert.Contains("the model's head is its embedding", Assert.Throws<SafetensorsException>(() => third.LoadLora(folder)).Message, StringComparison.Ordinal);
        Assert.Null(third.Adapter);
    }

    [Fact]
    public void What_cannot_be_is_refused_by_name()
    {
        AssertRefused(new() { Targets = ["embed_tokens"], Dora = true }, "'model.embed_tokens' is an embedding, of which DoRA is not supported");
        AssertRefused(new() { Targets = ["q_proj"], ModulesToSave = ["q_proj"] }, "q_proj' is both adapted and to be trained whole");
        AssertRefused(new() { Targets = ["q_proj"], ModulesToSave = ["nothing"] }, "No module of the model is named 'nothing'");
        AssertRefused(new() { RankPattern = new Dictionary<string, int> { ["q_proj"] = 0 } }, "the rank of 'q_proj' is 0");
        AssertRefused(new() { AlphaPattern = new Dictionary<string, double> { ["("] = 1 } }, "'(' is not a regular expression");
        using CausalLanguageModel tied = TinyAdapters.Model(tied: true);
        LoraAdapter adapter = tied.AddLora(new LoraOptions { Targets = ["embed_tokens"] }).WithValues();
        Assert.Contains("would change the head, too", Assert.Throws<InvalidOperationException>(() => adapter.Merge()).Message, StringComparison.Ordinal);

        static void AssertRefused(LoraOptions options, string expected)
        {
            using CausalLanguageModel model = TinyAdapters.Model();
            Assert.Contains(expected, Assert.Throws<ArgumentException>(() => model.AddLora(options)).Message, StringComparison.Ordinal);
            Assert.Null(model.Adapter);
        }
    }

    [Fact]
    public void A_longer_context_is_recorded_and_given_to_a_base_without_it()
    {
        using TemporaryFolder folder = new();
        using CausalLanguageModel model = TinyAdapters.Model();
        model.ExtendContext(200, 512);
        model.AddLora().WithValues().Save(folder);
        float[] expected = TinyAdapters.Logits(model);

        using CausalLanguageModel unextended = TinyAdapters.Model();
        unextended.LoadLora(folder);
        Assert.Equal((2_000_000, 512), (unextended.Config.RopeTheta, unextended.MaxPositions));
        Assert.Equal(expected, TinyAdapters.Logits(unextended));
        using TemporaryFolder again = new();
        unextended.Adapter!.Save(again);
        Assert.Equal(File.ReadAllText(folder.File("adapter_config.json")), File.ReadAllText(again.File("adapter_config.json")));

        using CausalLanguageModel extended = TinyAdapters.Model();
        extended.ExtendContext(200, 600);
        extended.LoadLora(folder);
        Assert.Equal(600, extended.MaxPositions);

        using CausalLanguageModel elsewhere = TinyAdapters.Model();
        elsewhere.ExtendContext(3, 512);
        string message = Assert.Throws<InvalidDataException>(() => elsewhere.LoadLora(folder)).Message;
        Assert.Contains("was trained with a rotary base of 2000000 on a model of 10000; this model has 30000", message, StringComparison.Ordinal);
        Assert.Null(elsewhere.Adapter);

        using CausalLanguageModel resumed = TinyAdapters.Model();
        Assert.Throws<InvalidDataException>(() => resumed.AddLora().LoadWeights(folder));
    }

    [Fact]
    public void An_adapter_of_an_unextended_model_says_nothing_of_its_context()
    {
        using TemporaryFolder folder = new();
        using CausalLanguageModel model = TinyAdapters.Model();
        model.AddLora().Save(folder);
        Assert.DoesNotContain(AdapterContext.Key, File.ReadAllText(folder.File("adapter_config.json")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("phi3", "qkv_proj", "gate_up_proj")]
    [InlineData("starcoder2", "c_fc", "c_proj")]
    [InlineData("mixtral", "w1", "gate")]
    [InlineData("qwen2_moe", "shared_expert.up_proj", "experts.3.down_proj")]
    [InlineData("mistral3", "q_proj", "down_proj")]
    [InlineData("gemma2", "o_proj", "up_proj")]
    public void Linear_maps_of_every_family_are_targets(string family, params string[] targets)
    {
        using DisposeScope scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        using CausalLanguageModel model = TinyModel.Create(family);
        float[] before = TinyAdapters.Logits(model);
        model.AddLora(new LoraOptions { Targets = targets }).WithValues().Save(folder);
        Assert.NotEqual(before, TinyAdapters.Logits(model));
        using CausalLanguageModel other = TinyModel.Create(family);
        other.LoadLora(folder);
        Assert.Equal(TinyAdapters.Logits(model), TinyAdapters.Logits(other));
    }

    private static void Train(CausalLanguageModel model, LoraAdapter adapter)
    {
        using FusedAdamW optimizer = new(adapter.Parameters);
        for (int step = 0; step < 4; step++)
        {
            using DisposeScope scope = NewDisposeScope();
            using PackedBatch batch = TinyAdapters.Batch();
            Tensor logits = model.forward(batch.InputIds, batch.PositionIds, batch.Layout);
            nn.functional.cross_entropy(logits, batch.InputIds.flatten()).backward();
            optimizer.Step(0.05);
            model.zero_grad();
        }
    }

    private static void Rewrite(TemporaryFolder folder, string name, Func<Tensor, Tensor> change)
    {
        using DisposeScope scope = NewDisposeScope();
        string path = folder.File("adapter_model.safetensors");
        KeyValuePair<string, Tensor>[] tensors;
        using (SafetensorsReader reader = new(path))
        {
            tensors = [.. reader.Entries.Keys.Select(key => KeyValuePair.Create(key, key == name ? change(reader.Read(key)) : reader.Read(key)))];
        }

        SafetensorsWriter.Write(path, tensors);
    }
}
