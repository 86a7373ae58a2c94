using LongAlign.Models.Adapters;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Models.Tests.Adapters;

public sealed class LoraAdapterTests
{
    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void A_new_adapter_leaves_the_outputs_as_they_are_to_the_bit(ScalarType dtype)
    {
        using CausalLanguageModel model = TinyAdapters.Model(dtype);
        float[] before = TinyAdapters.Logits(model);
        LoraAdapter adapter = model.AddLora();
        Assert.Equal(before, TinyAdapters.Logits(model));
        adapter.WithValues();
        Assert.NotEqual(before, TinyAdapters.Logits(model));
    }

    [Fact]
    public void Targets_are_names_or_their_ends_and_the_vocabulary_projection_is_one_by_name_alone()
    {
        string[] attention = ["q_proj", "k_proj", "v_proj", "o_proj"];
        string[] all = [.. attention, "gate_proj", "up_proj", "down_proj"];
        Assert.Equal(all.Length * 2, Names(LoraOptions.AllLinear).Count);
        Assert.DoesNotContain("lm_head", Names(LoraOptions.AllLinear));
        Assert.Equal(["model.layers.0.self_attn.v_proj", "model.layers.1.self_attn.v_proj"], Names("v_proj"));
        Assert.Equal(["model.layers.1.self_attn.q_proj"], Names("layers.1.self_attn.q_proj"));
        Assert.Equal(["model.layers.0.mlp.up_proj"], Names("model.layers.0.mlp.up_proj"));
        Assert.Equal(["lm_head", "model.embed_tokens"], Names("lm_head", "embed_tokens").Order());
        string message = Assert.Throws<ArgumentException>(() => Names("q_proj", "proj", "head")).Message;
        Assert.Contains("'proj', 'head'; it has lm_head, embed_tokens, q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj", message, StringComparison.Ordinal);

        static IReadOnlyList<string> Names(params string[] targets)
        {
            using CausalLanguageModel model = TinyAdapters.Model();
            return model.AddLora(new LoraOptions { Targets = targets }).TargetNames;
        }
    }

    [Theory]
    [InlineData(false, LoraOptions.AllLinear, false)]
    [InlineData(true, LoraOptions.AllLinear, false)]
    [InlineData(true, LoraOptions.AllLinear, true)]
    [InlineData(false, "q_proj", false)]
    [InlineData(true, "k_proj", false)]
    [InlineData(true, "v_proj", true)]
    [InlineData(true, "layers.1.mlp.down_proj", false)]
    public void Gradients_are_those_of_the_merged_weights_and_the_model_gets_none(bool checkpointing, string target, bool tied)
    {
        using DisposeScope scope = NewDisposeScope();
        LoraOptions options = new() { Rank = 3, Alpha = 4, Targets = [target] };
        using CausalLanguageModel model = TinyAdapters.Model(tied: tied);
        LoraAdapter adapter = model.AddLora(options).WithValues();
        model.GradientCheckpointing = checkpointing;
        double loss = TinyAdapters.Backward(model);

        using CausalLanguageModel merged = TinyAdapters.Model(tied: tied);
        merged.AddLora(options).WithValues().Merge();
        Dictionary<string, Parameter> weights = merged.named_parameters().ToDictionary(named => named.name, named => named.parameter);
        foreach (string name in adapter.TargetNames)
        {
            weights[name + ".weight"].requires_grad = true;
        }

        Assert.Equal(TinyAdapters.Backward(merged), loss, 1e-5);
        foreach ((string name, Parameter parameter) in model.named_parameters().Where(named => !adapter.Owns(named.parameter)))
        {
            Assert.False(parameter.requires_grad, name);
            Assert.Null(parameter.grad);
        }

        foreach ((string name, Parameter[] pair) in adapter.TargetNames.Zip(adapter.Parameters.Chunk(2)))
        {
            Tensor gradient = weights[name + ".weight"].grad! * (4.0 / 3);
            AssertNear(pair[1].t().matmul(gradient), pair[0].grad!);
            AssertNear(gradient.matmul(pair[0].t()), pair[1].grad!);
        }

        static void AssertNear(Tensor expected, Tensor actual)
        {
            Assert.Equal(expected.shape, actual.shape);
            Assert.True(expected.abs().max().ToDouble() > 1e-6);
            Assert.True((expected - actual).abs().max().ToDouble() <= 1e-5 * (1 + expected.abs().max().ToDouble()));
        }
    }

    [Fact]
    public void Merged_weights_compute_what_the_adapter_does_and_unmerging_gives_them_back_to_the_bit()
    {
        using CausalLanguageModel model = TinyAdapters.Model();
        Dictionary<string, byte[]> weights = TinyAdapters.BaseWeights(model);
        LoraAdapter adapter = model.AddLora(new LoraOptions { Rank = 4 }).WithValues();
        float[] adapted = TinyAdapters.Logits(model);
        adapter.Merge();
        Assert.True(adapter.IsMerged);
        Assert.True(TinyAdapters.LargestDifference(adapted, TinyAdapters.Logits(model)) <= 1e-5 * adapted.Max(Math.Abs));
        Assert.NotEqual(weights["model.layers.1.mlp.up_proj.weight"], TinyAdapters.BaseWeights(model)["model.layers.1.mlp.up_proj.weight"]);
        Assert.Throws<InvalidOperationException>(() => adapter.Merge());
        adapter.Unmerge();
        Assert.False(adapter.IsMerged);
        Assert.Equal(weights, TinyAdapters.BaseWeights(model));
        Assert.Equal(adapted, TinyAdapters.Logits(model));
        Assert.Contains("not merged", Assert.Throws<InvalidOperationException>(adapter.Unmerge).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Merging_and_unmerging_leaves_no_tensor_behind()
    {
        using CausalLanguageModel model = TinyAdapters.Model();
        LoraAdapter adapter = model.AddLora();
        GC.Collect(); // what other tests left would be freed in between
        GC.WaitForPendingFinalizers();
        long before = Tensor.TotalCount;
        adapter.Merge();
        Assert.Equal(before + adapter.TargetNames.Count, Tensor.TotalCount);
        adapter.Unmerge();
        Assert.Equal(before, Tensor.TotalCount);
        adapter.Merge(permanently: true);
        Assert.Equal(before, Tensor.TotalCount);
        Assert.Contains("permanently", Assert.Throws<InvalidOperationException>(adapter.Unmerge).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_owns_its_adapters_tensors()
    {
        IReadOnlyList<Parameter> parameters;
        using (CausalLanguageModel model = TinyAdapters.Model())
        {
            parameters = model.AddLora().Parameters;
            Assert.All(parameters, parameter => Assert.False(parameter.IsInvalid));
        }

        Assert.All(parameters, parameter => Assert.True(parameter.IsInvalid));
    }

    [Fact]
    public void A_merged_model_is_saved_without_its_adapter_and_one_that_is_not_merged_is_refused()
    {
        using TemporaryFolder folder = new();
        using CausalLanguageModel model = TinyAdapters.Model();
        LoraAdapter adapter = model.AddLora().WithValues();
        float[] adapted = TinyAdapters.Logits(model);
        Assert.Contains("not merged", Assert.Throws<InvalidOperationException>(() => model.SavePretrained(folder)).Message, StringComparison.Ordinal);
        adapter.Merge(permanently: true);
        model.SavePretrained(folder);
        using CausalLanguageModel loaded = CausalLanguageModel.FromPretrained(folder);
        Assert.True(TinyAdapters.LargestDifference(adapted, TinyAdapters.Logits(loaded)) <= 1e-5 * adapted.Max(Math.Abs));
    }

    [Fact]
    public void The_seed_decides_A_and_B_begins_at_zero()
    {
        using CausalLanguageModel one = TinyAdapters.Model();
        using CausalLanguageModel two = TinyAdapters.Model(ScalarType.BFloat16);
        using CausalLanguageModel other = TinyAdapters.Model();
        LoraAdapter[] adapters = [one.AddLora(new() { Seed = 1 }), two.AddLora(new() { Seed = 1 }), other.AddLora(new() { Seed = 2 })];
        byte[][] a = [.. adapters.Select(adapter => TinyAdapters.Bytes(adapter.Parameters[0]))];
        Assert.Equal(a[0], a[1]);
        Assert.NotEqual(a[0], a[2]);
        double bound = 1 / Math.Sqrt(16);
        Assert.InRange(adapters[0].Parameters[0].abs().max().ToDouble(), 0.9 * bound, bound);
        Assert.All(adapters[0].Parameters.Chunk(2), pair => Assert.Equal(0, pair[1].abs().max().ToDouble()));
    }

    [Fact]
    public void Faults_of_options_are_all_named_and_a_second_adapter_is_refused()
    {
        using CausalLanguageModel model = TinyAdapters.Model();
        string message = Assert.Throws<ArgumentException>(() => model.AddLora(new() { Rank = 0, Alpha = double.NaN, Dropout = 1, Targets = [] })).Message;
        Assert.All(["rank is 0", "alpha is NaN", "dropout is 1", "no target"], part => Assert.Contains(part, message, StringComparison.Ordinal));
        Assert.All(model.parameters(), parameter => Assert.True(parameter.requires_grad));
        model.AddLora();
        Assert.Throws<InvalidOperationException>(() => model.AddLora());
    }
}
