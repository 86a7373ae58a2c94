using LongAlign.Models.Decoders;
using LongAlign.Safetensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Models.Adapters;

/// <summary>The <c>adapter_model.safetensors</c> of a PEFT folder: its names and shapes are checked before a tensor is made.</summary>
internal sealed class AdapterFile : IDisposable
{
    public const string FileName = "adapter_model.safetensors";

    private readonly SafetensorsReader _reader;
    private readonly Dictionary<string, string> _inFile = []; // usual names to those in the file
    private readonly Dictionary<string, long[]> _expected = [];
    private readonly List<string> _faults = [];

    private AdapterFile(SafetensorsReader reader) => _reader = reader;

    /// <summary>The parts with an update in the file, in the model's order.</summary>
    public IReadOnlyList<(string Name, IAdaptable Part)> Targets { get; private set; } = [];

    /// <summary>The model's own parameters that the file replaces: trained whole, biases, and an embedding or a head that was saved along.</summary>
    public IReadOnlyList<(string Name, Parameter Parameter)> Replaced { get; private set; } = [];

    /// <summary>Opens the file that a configuration stands beside.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="config">Its configuration.</param>
    /// <param name="model">The model.</param>
    public static AdapterFile Open(string folder, AdapterConfig config, CausalLanguageModel model)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            throw new FileNotFoundException(
                $"There is no {FileName} in {Path.GetFullPath(folder)}; adapters in pickle files (.bin), which run code when they are read, are not read. Convert one that you trust: "
                + "python -c \"import torch, safetensors.torch as s; s.save_file(torch.load('adapter_model.bin', weights_only=True), 'adapter_model.safetensors')\".",
                path);
        }

        AdapterFile file = new(new SafetensorsReader(path));
        try
        {
            file.Check(config, model);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Writes the file. It appears under its name only when it is whole.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="tensors">Names without PEFT's beginning.</param>
    public static void Write(string folder, IEnumerable<(string Name, Tensor Tensor)> tensors)
        => SafetensorsWriter.Write(Path.Combine(folder, FileName), [.. tensors.Select(named => KeyValuePair.Create(AdapterNames.InFile(named.Name), named.Tensor))]);

    /// <summary>Reads one part's update.</summary>
    public void CopyTo(string module, IAdaptable part, LowRankUpdate update)
    {
        Copy(AdapterNames.A(module, part), update.A);
        Copy(AdapterNames.B(module, part), update.B);
        if (update.Lengths is { } lengths)
        {
            Copy(AdapterNames.Lengths(module), lengths);
        }
    }

    /// <summary>Reads a parameter of the model itself.</summary>
    public void Copy(string name, Parameter parameter)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        parameter.copy_(_reader.Read(_inFile[name]).view(parameter.shape));
    }

    public void Dispose() => _reader.Dispose();

    private void Check(AdapterConfig config, CausalLanguageModel model)
    {
        foreach (string name in _reader.Entries.Keys)
        {
            if (AdapterNames.Usual(name) is not { } usual)
            {
                _faults.Add($"'{name}' does not begin with {AdapterNames.InFile("")}");
            }
            else if (!_inFile.TryAdd(usual, name))
            {
                _faults.Add($"'{name}' and '{_inFile[usual]}' are the same weight");
            }
        }

        ParameterNames names = model.Config.Decoder.Names;
        UpdateSizes sizes = new(config.Options);
        Targets = [.. LoraTargets.All(model).Where(part => config.Targets.Allows(part.Name, part.Part, names) && AddUpdate(part.Name, part.Part, config, sizes))];
        Replaced = [.. FindReplaced(config, model, names)];
        foreach ((string usual, string name) in _inFile.Where(named => !(model.Config.HasTiedHead && named.Key == names.Head + ".weight")))
        {
            CheckEntry(usual, _reader.Entries[name]);
        }

        if (_faults.Count == 0 && Targets.Count == 0)
        {
            _faults.Add("no part of this model is adapted");
        }

        if (_faults.Count == 0)
        {
            CheckTiedHead(config, model, names);
        }

        if (_faults.Count > 0)
        {
            throw new SafetensorsException($"{_reader.FilePath} does not fit {AdapterConfig.FileName} and the model: {string.Join("; ", _faults)}.");
        }
    }

    /// <summary>Adds the tensors that must be there for a part; false where the part is not adapted.</summary>
    private bool AddUpdate(string name, IAdaptable part, AdapterConfig config, UpdateSizes sizes)
    {
        (string a, string b, string lengths) = (AdapterNames.A(name, part), AdapterNames.B(name, part), AdapterNames.Lengths(name));
        if (config.Targets.Names is null && !_inFile.ContainsKey(a) && !_inFile.ContainsKey(b))
        {
            return false;
        }

        if (config.Options.Dora && part.IsLookup)
        {
            _faults.Add($"'{name}' is an embedding, of which DoRA (use_dora) is not supported");
        }

        int rank = sizes.Of(name).Rank;
        long[] shape = part.Weight.shape;
        _expected[a] = [rank, shape[part.IsLookup ? 0 : 1]];
        _expected[b] = [shape[part.IsLookup ? 1 : 0], rank];
        if (config.Options.Dora)
        {
            _expected[lengths] = [shape[0]];
        }

        _faults.AddRange((config.Options.Dora ? new[] { a, b, lengths } : [a, b]).Where(weight => !_inFile.ContainsKey(weight))
            .Select(weight => $"'{AdapterNames.InFile(weight)}' is missing"));
        return true;
    }

    private List<(string Name, Parameter Parameter)> FindReplaced(AdapterConfig config, CausalLanguageModel model, ParameterNames names)
    {
        List<(string Name, Parameter Parameter)> replaced = [];
        try
        {
            replaced.AddRange(LoraTargets.FindWhole(model, config.Options, Targets));
        }
        catch (ArgumentException e)
        {
            _faults.Add(e.Message);
        }

        _faults.AddRange(replaced.Where(named => !_inFile.ContainsKey(named.Name)).Select(named => $"'{AdapterNames.InFile(named.Name)}' is missing"));
        foreach ((string name, Parameter parameter) in model.named_parameters())
        {
            bool savedAlong = (name == names.Embedding + ".weight" || name == names.Head + ".weight") && _inFile.ContainsKey(name);
            if (savedAlong && !replaced.Any(named => named.Name == name))
            {
                replaced.Add((name, parameter));
            }
        }

        foreach ((string name, Parameter parameter) in replaced)
        {
            _expected[name] = parameter.shape;
        }

        return replaced;
    }

    private void CheckEntry(string usual, SafetensorsEntry entry)
    {
        if (!_expected.TryGetValue(usual, out long[]? shape))
        {
            _faults.Add($"'{entry.Name}' is not a LoRA weight of a target of this model, nor of a module to save");
        }
        else if (!shape.AsSpan().SequenceEqual([.. entry.Shape]) && !(usual.EndsWith(".lora_magnitude_vector", StringComparison.Ordinal) && entry.Shape.Aggregate(1L, (a, b) => a * b) == shape[0]))
        {
            _faults.Add($"'{entry.Name}' has shape [{string.Join(", ", entry.Shape)}], expected [{string.Join(", ", shape)}]");
        }
        else if (!is_floating_point(entry.Dtype))
        {
            _faults.Add($"'{entry.Name}' is of {entry.Dtype}, expected floating-point numbers");
        }
    }

    /// <summary>Checks a head that is the embedding: PEFT trains the two apart, and both are read only if they are the same.</summary>
    private void CheckTiedHead(AdapterConfig config, CausalLanguageModel model, ParameterNames names)
    {
        if (!model.Config.HasTiedHead)
        {
            return;
        }

        bool hasHead = _inFile.TryGetValue(names.Head + ".weight", out string? head);
        bool hasEmbedding = _inFile.TryGetValue(names.Embedding + ".weight", out string? embedding);
        bool trained = config.Options.ModulesToSave.Any(end => names.Head.EndsWith(end, StringComparison.Ordinal) || names.Embedding.EndsWith(end, StringComparison.Ordinal));
        if ((trained || hasHead) && !(hasHead && hasEmbedding && HaveSameBytes(head!, embedding!)))
        {
            _faults.Add(
                "the model's head is its embedding, and the file has one of them trained whole, or the two apart: read it into a model whose head is one of its own (tie_word_embeddings false)");
        }
    }

    private bool HaveSameBytes(string a, string b)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor first, Tensor second) = (_reader.Read(a), _reader.Read(b));
        return first.dtype == second.dtype && first.shape.AsSpan().SequenceEqual(second.shape) && first.eq(second).all().ToBoolean();
    }
}
