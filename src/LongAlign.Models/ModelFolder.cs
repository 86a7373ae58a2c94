using System.Text.Json;
using LongAlign.Safetensors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Models;

/// <summary>What all models read from and write to a Hugging Face folder.</summary>
internal static class ModelFolder
{
    public const string ConfigFile = "config.json";

    /// <summary>The <c>model_type</c> of a folder's configuration.</summary>
    public static string ReadModelType(string folder)
    {
        string path = Path.Combine(folder, ConfigFile);
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"There is no {ConfigFile} in {Path.GetFullPath(folder)}; expected a Hugging Face model folder.", path);
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("model_type", out JsonElement type) && type.ValueKind == JsonValueKind.String
                ? type.GetString()!
                : throw new InvalidDataException($"{path} has no model_type.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter: text that is not Unicode
        {
            throw new InvalidDataException($"{path} is not JSON: {e.Message}", e);
        }
    }

    /// <summary>
    /// Copies a folder's weights into a model, cast to the model's dtype. Names and shapes must be exactly the model's, but for weights
    /// that follow from others: the rotary frequencies that Llama 2 checkpoints carry along, and what <paramref name="isImplied"/> says.
    /// </summary>
    public static void LoadWeights(nn.Module module, string folder, Func<string, bool> isImplied)
    {
        using SafetensorsFolder weights = new(folder);
        List<(string Name, Parameter Parameter)> parameters = [.. module.named_parameters().Select(named => (named.name, named.parameter))];
        List<string> faults = [.. parameters.Where(p => !weights.Names.Contains(p.Name)).Select(p => $"'{p.Name}' is missing")];
        foreach (string name in weights.Names.Where(name => !name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal) && !isImplied(name)))
        {
            (SafetensorsEntry entry, string file) = weights.Find(name);
            Parameter? parameter = parameters.Find(p => p.Name == name).Parameter;
            if (parameter is null)
            {
                faults.Add($"'{name}' in {file} is not part of the model");
            }
            else if (!parameter.shape.AsSpan().SequenceEqual([.. entry.Shape]))
            {
                faults.Add($"'{name}' in {file} has shape [{string.Join(", ", entry.Shape)}], expected [{string.Join(", ", parameter.shape)}]");
            }
            else if (!is_floating_point(entry.Dtype))
            {
                faults.Add($"'{name}' in {file} is of {entry.Dtype}, expected floating-point numbers");
            }
        }

        if (faults.Count > 0)
        {
            throw new SafetensorsException($"The weights in {folder} do not fit its {ConfigFile}: {string.Join("; ", faults)}.");
        }

        using var noGrad = no_grad();
        foreach ((string name, Parameter parameter) in parameters)
        {
            using Tensor tensor = weights.Read(name);
            parameter.copy_(tensor);
        }
    }
}
