using LongAlign.Models.Configuration;
using LongAlign.Models.Decoders;
using LongAlign.Safetensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Models;

/// <summary>Reads the files of a Hugging Face folder and checks that they fit the configuration.</summary>
internal static class ModelFolder
{
    /// <summary>
    /// The places of a model's weights: under the names that transformers writes (the first of each pair), or under those of a
    /// model without its head, or of another version's multimodal model.
    /// </summary>
    private static readonly (string Usual, string Other)[] Places =
        [("model.", ""), ("language_model.model.", "model.language_model."), ("language_model.lm_head.", "lm_head.")];

    /// <summary>Opens the weights of a folder.</summary>
    /// <exception cref="SafetensorsException">They are missing, damaged, or in pickle files.</exception>
    public static SafetensorsFolder OpenWeights(string folder)
    {
        if (Directory.Exists(folder) && !Directory.EnumerateFiles(folder, "model*.safetensors*").Any()
            && Directory.EnumerateFiles(folder, "pytorch_model*.bin").FirstOrDefault() is { } pickle)
        {
            throw new SafetensorsException(
                $"{pickle} is a pickle file, which runs code when it is read; expected model.safetensors. Convert the folder once, where you trust it: "
                + $"python -c \"from transformers import AutoModelForCausalLM as M; M.from_pretrained('{folder}', dtype='auto').save_pretrained('{folder}')\".");
        }

        return new SafetensorsFolder(folder);
    }

    /// <summary>Returns the name under which a folder has a parameter; the usual one if it has it under none.</summary>
    public static string NameIn(IReadOnlyCollection<string> names, string parameter)
        => names.Contains(parameter) ? parameter
        : Places.Where(place => parameter.StartsWith(place.Usual, StringComparison.Ordinal))
            .Select(place => place.Other + parameter[place.Usual.Length..]).FirstOrDefault(names.Contains) ?? parameter;

    /// <summary>The configuration with the head that the weights have, where it leaves that to them.</summary>
    public static ModelConfig FitHead(ModelConfig config, SafetensorsFolder weights)
    {
        string head = config.Decoder.Names.Head + ".weight";
        bool tied = !weights.Names.Contains(NameIn(weights.Names, head));
        return config.Decoder.HeadByWeights && tied != config.HasTiedHead ? config.Edit(root => root["tie_word_embeddings"] = tied) : config;
    }

    /// <summary>
    /// Compares the headers of a folder's weights with the model that its configuration describes, before memory for it is asked for.
    /// Names and shapes must be exactly the model's, but for weights that follow from others.
    /// </summary>
    public static void CheckWeights(ModelConfig config, SafetensorsFolder weights, string folder)
    {
        const int Shown = 3; // a wrong width is a fault of every tensor
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
            HashSet<string> names = [.. weights.Names];
            Dictionary<string, Parameter> expected = parameters.ToDictionary(named => NameIn(names, named.Key), named => named.Value);
            faults.AddRange(expected.Keys.Where(name => !names.Contains(name)).Select(name => $"'{name}' is missing"));
            faults.AddRange(names.Where(name => !IsImplied(name, config.Decoder)).Select(name => FindFault(name, weights, expected)).OfType<string>());
        }

        if (faults.Count > 0)
        {
            throw new SafetensorsException($"The weights in {folder} do not fit its {ModelConfig.FileName}: {string.Join("; ", faults.Take(Shown))}{(faults.Count > Shown ? $"; and {faults.Count - Shown} more" : "")}.");
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

    /// <summary>
    /// A tied model may be saved with its head beside the embedding that it is; older tools saved rotary frequencies; a multimodal folder has
    /// weights that are not of its text part.
    /// </summary>
    private static bool IsImplied(string name, DecoderDescription decoder)
        => name == decoder.Names.RotaryFrequencies
            || name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal)
            || (decoder.TiedHead && name == NameIn([name], decoder.Names.Head + ".weight"))
            || (decoder.Names.Head.Contains('.', StringComparison.Ordinal)
                && MultimodalFamily.OtherWeights.Any(start => name.StartsWith(start, StringComparison.Ordinal)));

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
