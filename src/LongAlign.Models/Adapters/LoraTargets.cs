using LongAlign.Models.Decoders;
using TorchSharp.Modules;

namespace LongAlign.Models.Adapters;

/// <summary>The parts of a model that can be adapted or trained whole, and those of them that names stand for.</summary>
internal static class LoraTargets
{
    /// <summary>Every part that can be adapted, in the model's order: the embedding, all linear maps, and the head where it is separate.</summary>
    public static IReadOnlyList<(string Name, IAdaptable Part)> All(CausalLanguageModel model)
        => [.. model.named_modules().DistinctBy(named => named.module) // TorchSharp names those of a list twice
            .Where(named => named.module is IAdaptable)
            .Select(named => (named.name, (IAdaptable)named.module))];

    /// <summary>PEFT's rule for a list of targets: the whole name, or its end after a dot; all linear maps but the head.</summary>
    public static bool IsTarget(string name, IAdaptable part, IReadOnlyList<string> targets, ParameterNames names)
        => targets.Any(target => target == LoraOptions.AllLinear ? !part.IsLookup && name != names.Head : IsNamed(name, target));

    /// <summary>Whether a name is another or ends with it after a dot.</summary>
    public static bool IsNamed(string name, string end) => name == end || name.EndsWith($".{end}", StringComparison.Ordinal);

    /// <summary>The last part of a name, which is the same in every layer.</summary>
    public static string KindOf(string name) => name[(name.LastIndexOf('.') + 1)..];

    /// <summary>The parts that targets stand for.</summary>
    /// <exception cref="ArgumentException">A target stands for none.</exception>
    public static IReadOnlyList<(string Name, IAdaptable Part)> Find(CausalLanguageModel model, IReadOnlyList<string> targets)
    {
        IReadOnlyList<(string Name, IAdaptable Part)> all = All(model);
        ParameterNames names = model.Config.Decoder.Names;
        string[] unknown = [.. targets.Where(target => !all.Any(part => IsTarget(part.Name, part.Part, [target], names)))];
        return unknown.Length == 0
            ? [.. all.Where(part => IsTarget(part.Name, part.Part, targets, names))]
            : throw new ArgumentException(
                $"No part of the model that can be adapted is named {string.Join(", ", unknown.Select(target => $"'{target}'"))}; "
                + $"it has {string.Join(", ", all.Select(part => KindOf(part.Name)).Distinct())}{(model.Config.HasTiedHead ? ", and its head is its embedding" : "")}.",
                nameof(targets));
    }

    /// <summary>The parameters that are trained beside the updates: of modules that are trained whole, and biases.</summary>
    /// <exception cref="ArgumentException">A module to save is none of the model's, or is a target, too.</exception>
    public static IReadOnlyList<(string Name, Parameter Parameter)> FindWhole(
        CausalLanguageModel model, LoraOptions options, IReadOnlyList<(string Name, IAdaptable Part)> targets)
    {
        ParameterNames names = model.Config.Decoder.Names;
        string[] modules = [.. model.named_modules().Select(named => named.name).Distinct()];
        HashSet<string> whole = [];
        foreach (string end in options.ModulesToSave)
        {
            // A tied head is the embedding: to train one is to train the other.
            string[] found = [.. modules.Where(name => name.EndsWith(end, StringComparison.Ordinal)),
                .. model.Config.HasTiedHead && names.Head.EndsWith(end, StringComparison.Ordinal) ? [names.Embedding] : Array.Empty<string>()];
            if (found.Length == 0)
            {
                throw new ArgumentException($"No module of the model is named '{end}', which is to be trained whole.", nameof(options));
            }

            if (targets.FirstOrDefault(target => found.Any(name => target.Name == name || target.Name.StartsWith(name + ".", StringComparison.Ordinal))) is { Name: { } both })
            {
                throw new ArgumentException($"'{both}' is both adapted and to be trained whole.", nameof(options));
            }

            whole.UnionWith(found);
        }

        return [.. model.named_parameters().Where(named => IsUnder(whole, named.name) || IsTrainedBias(named.name))];

        static bool IsUnder(HashSet<string> modules, string parameter)
            => modules.Count > 0 && modules.Any(module => parameter.StartsWith(module + ".", StringComparison.Ordinal));

        bool IsTrainedBias(string parameter) => parameter.EndsWith(".bias", StringComparison.Ordinal) && options.Bias switch
        {
            LoraBias.All => true,
            LoraBias.LoraOnly => targets.Any(target => parameter == target.Name + ".bias"),
            _ => false,
        };
    }
}
