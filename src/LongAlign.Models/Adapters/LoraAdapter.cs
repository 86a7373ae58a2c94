using LongAlign.Models.Decoders;
using LongAlign.Safetensors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Models.Adapters;

/// <summary>The low-rank adapters of a model, and what else is trained with them: saved as a PEFT folder, merged and taken out again.</summary>
/// <example>
/// <code>
/// LoraAdapter adapter = model.AddLora(new LoraOptions { Rank = 16, Alpha = 32 });
/// using FusedAdamW optimizer = new(adapter.Parameters);
/// // train it
/// adapter.Save("adapter", baseModel: "meta-llama/Llama-2-7b-hf");    // a PEFT folder
/// adapter.Merge(permanently: true);    // or a model that needs no adapter
/// </code>
/// </example>
/// <remarks>Belongs to its model, which owns the tensors. Not thread-safe.</remarks>
public sealed class LoraAdapter
{
    private readonly CausalLanguageModel _model;
    private readonly IReadOnlyList<(string Name, IAdaptable Part)> _targets;
    private readonly IReadOnlyList<(string Name, Parameter Parameter)> _whole; // trained beside the updates
    private readonly IReadOnlyList<(string Name, Parameter Parameter)> _replaced; // saved beside the updates: the former and what a folder had along

    private readonly HashSet<Parameter> _owned;

    private LoraAdapter(
        CausalLanguageModel model,
        LoraOptions options,
        IReadOnlyList<(string Name, IAdaptable Part)> targets,
        IReadOnlyList<(string Name, Parameter Parameter)> whole,
        IReadOnlyList<(string Name, Parameter Parameter)> replaced)
    {
        (_model, Options, _targets, _whole, _replaced) = (model, options, targets, whole, replaced);
        _owned = new HashSet<Parameter>(Updates.SelectMany(update => update.Trained), ReferenceEqualityComparer.Instance);
    }

    /// <summary>The options that it was made with.</summary>
    public LoraOptions Options { get; }

    /// <summary>The full names of the adapted parts, in the model's order.</summary>
    public IReadOnlyList<string> TargetNames => [.. _targets.Select(target => target.Name)];

    /// <summary>The trained parameters: A and B (with DoRA, lengths, too) of every adapted part, float32; then biases and modules that are trained whole.</summary>
    public IReadOnlyList<Parameter> Parameters => [.. Updates.SelectMany(update => update.Trained), .. _whole.Select(named => named.Parameter)];

    /// <summary>The number of trained numbers.</summary>
    public long ParameterCount => Parameters.Sum(parameter => parameter.numel());

    /// <summary>Whether the updates are part of the model's own weights; while they are, the adapter can't be trained.</summary>
    public bool IsMerged => Updates.First().IsMerged;

    private IEnumerable<LowRankUpdate> Updates => _targets.Select(target => target.Part.Update!);

    /// <summary>
    /// Adds the updates to the model's weights (W + scaling B A): the same outputs without the cost of the adapter, and
    /// <see cref="CausalLanguageModel.SavePretrained"/> writes a model that needs none.
    /// </summary>
    /// <param name="permanently">
    /// False keeps the weights as they were, which takes their memory again, and <see cref="Unmerge"/> gives them back bit for bit.
    /// </param>
    /// <exception cref="InvalidOperationException">It is merged already, or adapts an embedding that is the head, too.</exception>
    public void Merge(bool permanently = false)
    {
        if (IsMerged)
        {
            throw new InvalidOperationException("The adapter is merged already.");
        }

        if (_model.Config.HasTiedHead && _targets.Any(target => target.Part.IsLookup))
        {
            throw new InvalidOperationException("The adapter changes the embedding, which is the model's head: merged, it would change the head, too.");
        }

        foreach ((_, IAdaptable part) in _targets)
        {
            part.Update!.Merge(part.Weight, keepOriginal: !permanently);
        }
    }

    /// <summary>Undoes <see cref="Merge"/>.</summary>
    /// <exception cref="InvalidOperationException">It is not merged, or permanently.</exception>
    public void Unmerge()
    {
        if (!_targets.All(target => target.Part.Update!.TryUnmerge(target.Part.Weight)))
        {
            throw new InvalidOperationException(
                IsMerged ? "The adapter was merged permanently: the weights without it were not kept." : "The adapter is not merged.");
        }
    }

    /// <summary>Writes a PEFT folder, <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>: the adapter alone.</summary>
    /// <param name="folder">The folder; made if it does not exist.</param>
    /// <param name="baseModel">The name or folder of the model under the adapter, for those who read it; null: not said.</param>
    /// <exception cref="IOException">A file can't be written.</exception>
    public void Save(string folder, string? baseModel = null)
    {
        Directory.CreateDirectory(folder);
        AdapterFile.Write(folder, SavedTensors());
        AdapterConfig.Write(folder, Options, SavedTargets(), SavedModules(), AdapterContext.Of(_model), baseModel);
    }

    /// <summary>Reads the weights of a PEFT folder into this adapter, as when a run is resumed.</summary>
    /// <param name="folder">A folder of an adapter of the same maps, rank and scaling.</param>
    /// <exception cref="InvalidDataException">The configuration is damaged, not supported, or of another adapter.</exception>
    /// <exception cref="SafetensorsException">Weights are missing or damaged.</exception>
    /// <exception cref="InvalidOperationException">The adapter is merged.</exception>
    public void LoadWeights(string folder)
    {
        if (IsMerged)
        {
            throw new InvalidOperationException("The adapter is merged; unmerge it before its weights are read.");
        }

        AdapterConfig config = AdapterConfig.Read(folder);
        if (config.Options.Rank != Options.Rank || config.Options.Scaling != Options.Scaling)
        {
            throw new InvalidDataException(
                FormattableString.Invariant($"{folder} has rank {config.Options.Rank} and scaling {config.Options.Scaling}; the adapter has {Options.Rank} and {Options.Scaling}."));
        }

        if (config.Context?.Fits(_model) == false)
        {
            throw new InvalidDataException(FormattableString.Invariant(
                $"{folder} was trained with a rotary base of {config.Context.Theta:R} and {config.Context.MaxPositions} positions; the model has {_model.Config.RopeTheta:R} and {_model.MaxPositions}."));
        }

        using AdapterFile file = AdapterFile.Open(folder, config, _model);
        UpdateSizes sizes = new(config.Options);
        bool same = file.Targets.Count == _targets.Count && file.Targets.All(target => target.Part.Update is { } update && (update.Rank, update.Scaling) == sizes.Of(target.Name));
        if (!same || config.Options.Dora != Options.Dora || !file.Replaced.Select(named => named.Name).Order().SequenceEqual(_replaced.Select(named => named.Name).Order()))
        {
            throw new InvalidDataException($"{folder} adapts {file.Targets.Count} parts and has {file.Replaced.Count} weights beside them; the adapter has {_targets.Count}, {string.Join(", ", TargetNames)}, and {_replaced.Count}.");
        }

        Read(file);
    }

    /// <summary>Whether a parameter of the model is one of the adapter.</summary>
    internal bool Owns(Parameter parameter) => _owned.Contains(parameter);

    /// <summary>Freezes the model and adds a new adapter.</summary>
    internal static LoraAdapter Add(CausalLanguageModel model, LoraOptions options)
    {
        ThrowIfAdapted(model);
        string[] faults = [.. options.FindFaults()];
        if (faults.Length > 0)
        {
            throw new ArgumentException($"The adapter can't be made: {string.Join("; ", faults)}.", nameof(options));
        }

        IReadOnlyList<(string Name, IAdaptable Part)> targets = LoraTargets.Find(model, options.Targets);
        if (options.Dora && targets.FirstOrDefault(target => target.Part.IsLookup) is { Name: { } embedding })
        {
            throw new ArgumentException($"The adapter can't be made: '{embedding}' is an embedding, of which DoRA is not supported.", nameof(options));
        }

        IReadOnlyList<(string Name, Parameter Parameter)> whole = LoraTargets.FindWhole(model, options, targets);
        LoraAdapter adapter = Attach(model, options, targets, whole, whole);
        using Generator generator = new(options.Seed, CPU);
        foreach (LowRankUpdate update in adapter.Updates)
        {
            update.Initialize(generator);
        }

        return adapter;
    }

    /// <summary>Freezes the model and adds the adapter of a PEFT folder. Everything is checked before anything changes.</summary>
    internal static LoraAdapter Load(CausalLanguageModel model, string folder, bool trainable)
    {
        ThrowIfAdapted(model);
        AdapterConfig config = AdapterConfig.Read(folder);
        using AdapterFile file = AdapterFile.Open(folder, config, model);
        config.Context?.ApplyTo(model, folder);
        LoraOptions options = config.Targets.IsPlain ? config.Options : config.Options with { Targets = [.. file.Targets.Select(target => target.Name)] };
        LoraAdapter adapter = Attach(model, options, file.Targets, LoraTargets.FindWhole(model, options, file.Targets), file.Replaced);
        adapter.Read(file);
        foreach (Parameter parameter in adapter.Parameters)
        {
            parameter.requires_grad = trainable;
        }

        return adapter;
    }

    private static LoraAdapter Attach(
        CausalLanguageModel model,
        LoraOptions options,
        IReadOnlyList<(string Name, IAdaptable Part)> targets,
        IReadOnlyList<(string Name, Parameter Parameter)> whole,
        IReadOnlyList<(string Name, Parameter Parameter)> replaced)
    {
        foreach (Parameter parameter in model.parameters())
        {
            parameter.requires_grad = false;
            parameter.grad = null;
        }

        UpdateSizes sizes = new(options);
        foreach ((string name, IAdaptable part) in targets)
        {
            (int rank, double scaling) = sizes.Of(name);
            part.Attach(new LowRankUpdate(part, rank, scaling, options));
        }

        foreach ((_, Parameter parameter) in whole)
        {
            parameter.requires_grad = true;
        }

        model.train(model.training); // the new parts, too
        return model.Adapter = new LoraAdapter(model, options, targets, whole, replaced);
    }

    private static void ThrowIfAdapted(CausalLanguageModel model)
    {
        if (model.Adapter is not null)
        {
            throw new InvalidOperationException("The model has an adapter already; a model takes one.");
        }
    }

    private void Read(AdapterFile file)
    {
        foreach ((string name, Parameter parameter) in file.Replaced)
        {
            file.Copy(name, parameter);
        }

        foreach ((string name, IAdaptable part) in _targets)
        {
            file.CopyTo(name, part, part.Update!);
        }
    }

    private IEnumerable<(string Name, Tensor Tensor)> SavedTensors()
    {
        foreach ((string name, IAdaptable part) in _targets)
        {
            LowRankUpdate update = part.Update!;
            yield return (AdapterNames.A(name, part), update.A);
            yield return (AdapterNames.B(name, part), update.B);
            if (update.Lengths is { } lengths)
            {
                yield return (AdapterNames.Lengths(name), lengths);
            }
        }

        foreach ((string name, Parameter parameter) in _replaced)
        {
            bool wrapped = _targets.Any(target => name[..name.LastIndexOf('.')] == target.Name);
            yield return (wrapped ? AdapterNames.Wrapped(name) : name, parameter);
            if (IsTiedHead(name) && _whole.Any(named => named.Name == name))
            {
                yield return (_model.Config.Decoder.Names.Head + ".weight", parameter);
            }
        }
    }

    /// <summary>Returns the modules to save. For PEFT, a head that is the embedding is separate: both are saved.</summary>
    private IReadOnlyList<string> SavedModules()
    {
        ParameterNames names = _model.Config.Decoder.Names;
        return _whole.Any(named => IsTiedHead(named.Name))
            ? [.. Options.ModulesToSave.Union([LoraTargets.KindOf(names.Embedding), LoraTargets.KindOf(names.Head)])]
            : Options.ModulesToSave;
    }

    private bool IsTiedHead(string parameter) => _model.Config.HasTiedHead && parameter == _model.Config.Decoder.Names.Embedding + ".weight";

    /// <summary>The targets in PEFT's words: what stands for all maps here is known to PEFT by its own rule only, so it is spelled out.</summary>
    private IReadOnlyList<string> SavedTargets()
        => Options.Targets.Contains(LoraOptions.AllLinear) ? [.. TargetNames.Select(LoraTargets.KindOf).Distinct()] : Options.Targets;
}
