using LongAlign.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Models.Tests;

/// <summary>Folders that hold no model, or weights that don't fit the configuration.</summary>
public sealed class ModelFolderTests
{
    [Fact]
    public void A_folder_that_does_not_exist_or_is_empty_is_named()
    {
        using TemporaryFolder folder = new();
        AssertNamed(folder);
        AssertNamed(folder.File("nowhere"));

        static void AssertNamed(string path)
        {
            string message = Assert.Throws<FileNotFoundException>(() => CausalLanguageModel.FromPretrained(path)).Message;
            Assert.Equal($"There is no config.json in {path}; expected a Hugging Face model folder.", message);
            Assert.Contains(path, Assert.ThrowsAny<IOException>(() => ModelConfig.Load(path)).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("""{"model_type":"falcon"}""", "has model_type \"falcon\"; supported: llama, mistral, ministral,")]
    [InlineData("""{"model_type":"gpt_oss"}""", "has model_type \"gpt_oss\", which is not supported: its attention has sinks")]
    [InlineData("""{"model_type":"deepseek_v3"}""", "has model_type \"deepseek_v3\", which is not supported: its attention keeps keys and values in one latent vector")]
    [InlineData("""{"model_type":"qwen3_next"}""", "has model_type \"qwen3_next\", which is not supported: most of its layers are linear attention")]
    [InlineData("""{"model_type":8}""", "has no model_type; supported: llama")]
    [InlineData("{}", "has no model_type")]
    [InlineData("[]", "has no model_type")]
    [InlineData("{", "is not JSON")]
    [InlineData("{\"model_type\":\"\\ud800\"}", "is not JSON")]
    public void A_model_type_that_is_not_supported_is_named_with_its_file(string json, string expected)
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("config.json", json);
        string message = Assert.Throws<InvalidDataException>(() => CausalLanguageModel.FromPretrained(folder)).Message;
        Assert.StartsWith($"{path} {expected}", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_weights_is_named()
    {
        using TemporaryFolder folder = new();
        TinyModel.Config.Save(folder);
        Assert.Contains(folder, Assert.Throws<SafetensorsException>(() => CausalLanguageModel.FromPretrained(folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_tensor_is_named() => AssertRefused(
        weights => weights.Remove("model.layers.1.mlp.up_proj.weight"),
        "'model.layers.1.mlp.up_proj.weight' is missing");

    [Fact]
    public void A_shape_that_does_not_fit_the_configuration_is_named() => AssertRefused(
        weights => weights["model.norm.weight"] = ones(15),
        "'model.norm.weight' in * has shape [15], expected [16]");

    [Fact]
    public void The_same_numbers_in_another_shape_are_refused() => AssertRefused(
        weights => weights["model.layers.0.mlp.down_proj.weight"] = zeros(24, 16),
        "'model.layers.0.mlp.down_proj.weight' in * has shape [24, 16], expected [16, 24]");

    [Fact]
    public void A_tensor_that_is_not_part_of_the_model_is_named() => AssertRefused(
        weights => weights["model.layers.2.mlp.up_proj.weight"] = zeros(24, 16),
        "'model.layers.2.mlp.up_proj.weight' in * is not part of the model");

    [Fact]
    public void Weights_that_are_no_floating_point_numbers_are_refused() => AssertRefused(
        weights => weights["model.norm.weight"] = ones(16, dtype: ScalarType.Int32),
        "'model.norm.weight' in * is of Int32, expected floating-point numbers");

    [Fact]
    public void All_faults_are_named_at_once() => AssertRefused(
        weights =>
        {
            weights.Remove("lm_head.weight");
            weights["model.norm.weight"] = ones(15);
        },
        "'lm_head.weight' is missing; 'model.norm.weight' in * has shape [15], expected [16].");

    [Fact]
    public void Rotary_frequencies_that_older_tools_saved_are_passed_over()
    {
        using DisposeScope scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        Save(folder, weights => weights["model.layers.0.self_attn.rotary_emb.inv_freq"] = ones(2));
        using CausalLanguageModel model = CausalLanguageModel.FromPretrained(folder);
        Assert.Equal(29, model.VocabularySize);
    }

    [Fact]
    public void A_model_that_is_refused_is_disposed()
    {
        using DisposeScope scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        Save(folder, weights => weights.Remove("model.norm.weight"));
        GC.Collect();
        GC.WaitForPendingFinalizers();

        // What stays after a model that was made and disposed: empty wrappers of tensors that became parameters.
        long before = Tensor.TotalCount;
        CausalLanguageModel.Create(TinyModel.Config, seed: 1).Dispose();
        long disposed = Tensor.TotalCount;
        Assert.Throws<SafetensorsException>(() => CausalLanguageModel.FromPretrained(folder));
        Assert.True(Tensor.TotalCount - disposed <= disposed - before, $"{before} tensors, {disposed} after one model, {Tensor.TotalCount} after two.");
    }

    /// <param name="expected">What the message must say; a star stands for the file of the weights.</param>
    private static void AssertRefused(Action<Dictionary<string, Tensor>> change, string expected)
    {
        using DisposeScope scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        Save(folder, change);
        string message = Assert.Throws<SafetensorsException>(() => CausalLanguageModel.FromPretrained(folder)).Message;
        Assert.StartsWith($"The weights in {folder.FullName} do not fit its config.json: ", message, StringComparison.Ordinal);
        Assert.Contains(expected.Replace("*", folder.File("model.safetensors"), StringComparison.Ordinal), message, StringComparison.Ordinal);
    }

    private static void Save(string folder, Action<Dictionary<string, Tensor>> change)
    {
        using CausalLanguageModel model = CausalLanguageModel.Create(TinyModel.Config, seed: 1);
        Dictionary<string, Tensor> weights = model.named_parameters().ToDictionary(named => named.name, named => (Tensor)named.parameter);
        change(weights);
        SafetensorsFolder.Write(folder, weights);
        model.Config.Save(folder);
    }
}
