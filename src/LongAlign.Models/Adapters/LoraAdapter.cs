using LongAlign.Models.Decoders;
using LongAlign.Safetensors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Models.Adapters;

/// <summary>The low-rank adapters of a model: what is trained of it, saved as a PEFT folder, merged and taken out again.</summary>
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
    private readonly IReadOnlyList<(string Name, Projection Projection)> _targets;

    private LoraAdapter(LoraOptions options, IReadOnlyList<(string Name, Projection Projection)> targets)
    {
        Options = options;
        _targets = targets;
    }

    /// <summary>How it was made.</summary>
    public LoraOptions Options { get; }

    /// <summary>The full names of the adapted linear maps, in the model's order.</summary>
    public IReadOnlyList<string> TargetNames => [.. _targets.Select(target => target.Name)];

    /// <summary>A and B of every adapted map, float32.</summary>
    public IReadOnlyList<Parameter> Parameters => [.. Updates.SelectMany(update => new[] { update.A, update.B })];

    /// <summary>The number of trained numbers.</summary>
    public long ParameterCount => Parameters.Sum(parameter => parameter.numel());

    /// <summary>Whether the updates are part of the model's own weights; while they are, the adapter can't be trained.</summary>
    public bool IsMerged => Updates.First().IsMerged;

    private IEnumerable<LowRankUpdate> Updates => _targets.Select(target => target.Projection.Update!);

    /// <summary>
    /// Adds the updates to the model's weights (W + scaling B A): the same outputs without the cost of the adapter, and
    /// <see cref="CausalLanguageModel.SavePretrained"/> writes a model that needs none.
    /// </summary>
    /// <param name="permanently">
    /// False keeps the weights as they were, which takes their memory again, and <see cref="Unmerge"/> gives them back to the bit.
    /// </param>
    /// <exception cref="InvalidOperationException">It is merged already.</exception>
    public void Merge(bool permanently = false)
    {
        if (IsMerged)
        {
            throw new InvalidOperationException("The adapter is merged already.");
        }

        foreach ((_, Projection projection) in _targets)
        {
            projection.Update!.Merge(projection.Weight, keepOriginal: !permanently);
        }
    }

    /// <summary>Undoes <see cref="Merge"/>.</summary>
    /// <exception cref="InvalidOperationException">It is not merged, or permanently.</exception>
    public void Unmerge()
    {
        if (!_targets.All(target => target.Projection.Update!.TryUnmerge(target.Projection.Weight)))
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
        AdapterFile.Write(folder, _targets.Select(target => (target.Name, target.Projection.Update!)));
        AdapterConfig.Write(folder, Options, SavedTargets(), baseModel);
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

        using AdapterFile file = AdapterFile.Open(folder, config, _targets);
        if (file.Modules.Count != _targets.Count)
        {
            throw new InvalidDataException($"{folder} adapts {file.Modules.Count} linear maps; the adapter has {_targets.Count}: {string.Join(", ", TargetNames)}.");
        }

        Read(file);
    }

    /// <summary>Whether a parameter of the model is one of the adapter.</summary>
    internal bool Owns(Parameter parameter) => Updates.Any(update => ReferenceEquals(update.A, parameter) || ReferenceEquals(update.B, parameter));

    /// <summary>Freezes the model and adds a new adapter.</summary>
    internal static LoraAdapter Add(CausalLanguageModel model, LoraOptions options)
    {
        ThrowIfAdapted(model);
        string[] faults = [.. options.FindFaults()];
        if (faults.Length > 0)
        {
            throw new ArgumentException($"The adapter can't be made: {string.Join("; ", faults)}.", nameof(options));
        }

        LoraAdapter adapter = Attach(model, options, LoraTargets.Find(model, options.Targets));
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
        IReadOnlyList<(string Name, Projection Projection)> all = LoraTargets.All(model);
        using AdapterFile file = AdapterFile.Open(folder, config, all);
        LoraOptions options = config.HasTargets ? config.Options : config.Options with { Targets = file.Modules };
        LoraAdapter adapter = Attach(model, options, [.. all.Where(map => file.Modules.Contains(map.Name))]);
        adapter.Read(file);
        foreach (Parameter parameter in adapter.Parameters)
        {
            parameter.requires_grad = trainable;
        }

        return adapter;
    }

    private static LoraAdapter Attach(CausalLanguageModel model, LoraOptions options, IReadOnlyList<(string Name, Projection Projection)> targets)
    {
        foreach (Parameter parameter in model.parameters())
        {
            parameter.requires_grad = false;
            parameter.grad = null;
        }

        foreach ((_, Projection projection) in targets)
        {
            projection.Attach(new LowRankUpdate(projection.Weight, options));
        }

        model.train(model.training); // the new parts, too
        return model.Adapter = new LoraAdapter(options, targets);
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
        foreach ((string name, Projection projection) in _targets)
        {
            file.CopyTo(name, projection.Update!);
        }
    }

    /// <summary>The targets in PEFT's words: what stands for all maps here is known to PEFT by its own rule only, so it is spelled out.</summary>
    private IReadOnlyList<string> SavedTargets()
        => Options.Targets.Contains(LoraOptions.AllLinear) ? [.. TargetNames.Select(LoraTargets.KindOf).Distinct()] : Options.Targets;
}
