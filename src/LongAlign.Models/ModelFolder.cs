using LongAlign.Models.Decoders;
using LongAlign.Safetensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Models;

/// <summary>What stands beside the parameters in a Hugging Face folder, and whether they fit the configuration.</summary>
internal static class ModelFolder
{
    /// <summary>
    /// Compares the headers of a folder's weights with the model that its configuration describes, before memory for it is asked for.
    /// Names and shapes must be exactly the model's, but for weights that follow from others.
    /// </summary>
    public static void CheckWeights(ModelConfig config, SafetensorsFolder weights, string folder)
    {
        List<string> faults = [];
        if (config.LayerCount > weights.Names.Count)
        {
            faults.Add($"it has {config.LayerCount} layers, and there are {weights.Names.Count} weights");
        }
        else
        {
            using DisposeScope scope = NewDisposeScope();
            using CausalLanguageModel shapes = new(config, ScalarType.Float32, META);
            Dictionary<string, Parameter> parameters = shapes.named_parameters().ToDictionary(named => named.name, named => named.parameter);
            faults.AddRange(parameters.Keys.Where(name => !weights.Names.Contains(name)).Select(name => $"'{name}' is missing"));
            faults.AddRange(weights.Names.Where(name => !IsImplied(name, config.Decoder)).Select(name => FindFault(name, weights, parameters)).OfType<string>());
        }

        if (faults.Count > 0)
        {
            throw new SafetensorsException($"The weights in {folder} do not fit its {ModelConfig.FileName}: {string.Join("; ", faults)}.");
        }
    }

    /// <summary>The constant that ChatGLM's checkpoints hold, in the model's dtype as there; the base's ratio is not in it.</summary>
    public static Tensor RotaryFrequencies(DecoderDescription decoder, ScalarType dtype)
    {
        int width = decoder.Rope.RotatedWidth;
        Tensor exponents = arange(0, width, 2).to(dtype) / width;
        return pow(tensor(10_000f), exponents).reciprocal();
    }

    public static void SaveConfig(ModelConfig config, ScalarType dtype, string folder)
        => config.Edit(root => root[root.ContainsKey("dtype") ? "dtype" : "torch_dtype"] = dtype.ToString().ToLowerInvariant()).Save(folder);

    /// <summary>A tied model may be saved with its head beside the embedding that it is; older tools saved rotary frequencies.</summary>
    private static bool IsImplied(string name, DecoderDescription decoder)
        => name == decoder.Names.RotaryFrequencies
            || name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal)
            || (decoder.TiedHead && name == decoder.Names.Head + ".weight");

    private static string? FindFault(string name, SafetensorsFolder weights, Dictionary<string, Parameter> parameters)
    {
        (SafetensorsEntry entry, string file) = weights.Find(name);
        return !parameters.TryGetValue(name, out Parameter? parameter) ? $"'{name}' in {file} is not part of the model"
            : !parameter.shape.AsSpan().SequenceEqual([.. entry.Shape])
                ? $"'{name}' in {file} has shape [{string.Join(", ", entry.Shape)}], expected [{string.Join(", ", parameter.shape)}]"
            : !is_floating_point(entry.Dtype) ? $"'{name}' in {file} is of {entry.Dtype}, expected floating-point numbers"
            : null;
    }
}
