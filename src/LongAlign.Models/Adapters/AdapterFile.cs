using LongAlign.Models.Decoders;
using LongAlign.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Models.Adapters;

/// <summary>The <c>adapter_model.safetensors</c> of a PEFT folder: its names and shapes are checked before a tensor is made.</summary>
/// <remarks>
/// PEFT wraps a model twice, leaves the adapter's own name out and keeps those of the modules (huggingface/peft,
/// docs/source/developer_guides/checkpoint.md): <c>base_model.model.</c> + module + <c>.lora_A.weight</c>.
/// </remarks>
internal sealed class AdapterFile : IDisposable
{
    public const string FileName = "adapter_model.safetensors";

    private const string Prefix = "base_model.model.";
    private const string SuffixA = ".lora_A.weight";
    private const string SuffixB = ".lora_B.weight";

    private readonly SafetensorsReader _reader;

    private AdapterFile(SafetensorsReader reader, IReadOnlyList<string> modules)
    {
        _reader = reader;
        Modules = modules;
    }

    /// <summary>The linear maps with an update in the file, in the model's order.</summary>
    public IReadOnlyList<string> Modules { get; }

    public static AdapterFile Open(string folder, AdapterConfig config, IReadOnlyList<(string Name, Projection Projection)> maps)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"There is no {FileName} in {Path.GetFullPath(folder)}; adapters in pickle files (.bin) are not read.", path);
        }

        SafetensorsReader reader = new(path);
        try
        {
            return new AdapterFile(reader, FindModules(reader, config, maps));
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    /// <summary>Writes the file. It appears under its name only when it is whole.</summary>
    public static void Write(string folder, IEnumerable<(string Name, LowRankUpdate Update)> updates)
        => SafetensorsWriter.Write(
            Path.Combine(folder, FileName),
            [.. updates.SelectMany(named => new[]
            {
                KeyValuePair.Create(Prefix + named.Name + SuffixA, (Tensor)named.Update.A),
                KeyValuePair.Create(Prefix + named.Name + SuffixB, (Tensor)named.Update.B),
            })]);

    /// <summary>Reads one map's update.</summary>
    public void CopyTo(string module, LowRankUpdate update)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        update.A.copy_(_reader.Read(Prefix + module + SuffixA));
        update.B.copy_(_reader.Read(Prefix + module + SuffixB));
    }

    public void Dispose() => _reader.Dispose();

    private static List<string> FindModules(SafetensorsReader reader, AdapterConfig config, IReadOnlyList<(string Name, Projection Projection)> maps)
    {
        Dictionary<string, long[]> expected = [];
        List<string> modules = [];
        List<string> faults = [];
        foreach ((string name, Projection projection) in maps.Where(map => LoraTargets.IsTarget(map.Name, config.Options.Targets)))
        {
            (string a, string b) = (Prefix + name + SuffixA, Prefix + name + SuffixB);
            expected[a] = [config.Options.Rank, projection.Weight.shape[1]];
            expected[b] = [projection.Weight.shape[0], config.Options.Rank];
            if (config.HasTargets || reader.Entries.ContainsKey(a) || reader.Entries.ContainsKey(b))
            {
                modules.Add(name);
                faults.AddRange(new[] { a, b }.Where(weight => !reader.Entries.ContainsKey(weight)).Select(weight => $"'{weight}' is missing"));
            }
        }

        foreach (SafetensorsEntry entry in reader.Entries.Values)
        {
            if (!expected.TryGetValue(entry.Name, out long[]? shape))
            {
                faults.Add($"'{entry.Name}' is no LoRA weight of a target of this model");
            }
            else if (!shape.AsSpan().SequenceEqual([.. entry.Shape]))
            {
                faults.Add($"'{entry.Name}' has shape [{string.Join(", ", entry.Shape)}], expected [{string.Join(", ", shape)}]");
            }
            else if (!is_floating_point(entry.Dtype))
            {
                faults.Add($"'{entry.Name}' is of {entry.Dtype}, expected floating-point numbers");
            }
        }

        if (faults.Count == 0 && modules.Count == 0)
        {
            faults.Add("no linear map of this model is adapted");
        }

        return faults.Count == 0
            ? modules
            : throw new SafetensorsException($"{reader.FilePath} does not fit {AdapterConfig.FileName} and the model: {string.Join("; ", faults)}.");
    }
}
