using LongAlign.Collation;
using LongAlign.Models.Adapters;
using LongAlign.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Models.Tests.Families;

/// <summary>Configurations, adapters and weights as people have them: read whole, or refused by name.</summary>
public sealed class SharedCaseTests
{
    [Fact]
    public void Published_configurations_are_read_and_quantized_weights_are_refused_by_name()
    {
        foreach (string path in Directory.EnumerateFiles(SharedCases.PathOf("configs"), "*.json"))
        {
            string json = File.ReadAllText(path);
            if (path.Contains("4bit", StringComparison.Ordinal))
            {
                Assert.Contains("quantization_config", Assert.Throws<InvalidDataException>(() => ModelConfig.Parse(json)).Message, StringComparison.Ordinal);
            }
            else
            {
                Assert.True(ModelConfig.Parse(json).LayerCount > 0, path);
            }
        }
    }

    [Fact]
    public void Adapters_load_whole_or_are_refused()
    {
        string cases = SharedCases.PathOf("adapters");
        ModelConfig config = ModelConfig.Load(Path.Combine(cases, "base"));
        foreach (string folder in Directory.EnumerateDirectories(cases).Where(folder => Path.GetFileName(folder) != "base"))
        {
            using DisposeScope scope = NewDisposeScope();
            using CausalLanguageModel model = CausalLanguageModel.Create(config, seed: 7);
            Tensor before = Logits(model);
            LoraAdapter adapter = model.LoadLora(folder);
            model.eval();
            Assert.True(ModelSet.MaxDifference(Logits(model), before) > 1e-6, folder);
            Assert.Equal(Path.GetFileName(folder) == "rank-pattern" ? 8 : 4, adapter.Parameters[0].shape[0]);
            Assert.Equal(Path.GetFileName(folder) == "lm-head-lora", adapter.TargetNames.Contains("lm_head"));
            using SafetensorsReader file = new(Path.Combine(folder, "adapter_model.safetensors"));
            using TemporaryFolder saved = new();
            adapter.Save(saved);
            using SafetensorsReader again = new(saved.File("adapter_model.safetensors"));
            Assert.Equal(file.Entries.Count, again.Entries.Count); // nothing is left out
        }
    }

    [Fact]
    public void Tensors_are_read_or_refused_with_their_file()
    {
        string cases = SharedCases.PathOf("safetensors");
        foreach ((string file, string name, float[] values) in new[]
        {
            ("a-zero-size", "x", new[] { 1f, 2f }), ("b-scalar", "", [2.5f]), ("d-odd-offset", "w", [1f, 2f]), ("f-unsorted-names", "z", [2f]), ("f-unsorted-names", "a", [1f]),
        })
        {
            using DisposeScope scope = NewDisposeScope();
            using SafetensorsReader reader = new(Path.Combine(cases, file + ".safetensors"));
            Assert.Equal(values, reader.Read(name.Length == 0 ? reader.Entries.Keys.Single() : name).to(ScalarType.Float32).flatten().data<float>().ToArray());
        }

        foreach (string file in new[] { "c-unaligned-header", "j-empty-header" })
        {
            using SafetensorsReader reader = new(Path.Combine(cases, file + ".safetensors"));
        }

        foreach (string file in new[] { "e-trailing-bytes", "k-offset-mismatch", "l-cut" })
        {
            string path = Path.Combine(cases, file + ".safetensors");
            Assert.Contains(file, Assert.Throws<SafetensorsException>(() => new SafetensorsReader(path)).Message, StringComparison.Ordinal);
        }
    }

    private static Tensor Logits(CausalLanguageModel model)
    {
        using IDisposable noGrad = no_grad();
        return model.forward(arange(9), arange(9), PackLayout.FromLengths(9));
    }
}
