using LongAlign.Models.Decoders;

namespace LongAlign.Models.Adapters;

/// <summary>The linear maps of a model, and those of them that names stand for.</summary>
internal static class LoraTargets
{
    /// <summary>Every linear map that can be adapted, in the model's order. The vocabulary projection is none: the loss takes its weight alone.</summary>
    public static IReadOnlyList<(string Name, Projection Projection)> All(CausalLanguageModel model)
        => [.. model.named_modules().DistinctBy(named => named.module) // TorchSharp names those of a list twice
            .Where(named => named.module is Projection projection && !ReferenceEquals(projection.Weight, model.OutputWeight))
            .Select(named => (named.name, (Projection)named.module))];

    /// <summary>PEFT's rule for a list of targets: the whole name, or its end after a dot.</summary>
    public static bool IsTarget(string name, IReadOnlyList<string> targets)
        => targets.Any(target => target == LoraOptions.AllLinear || name == target || name.EndsWith($".{target}", StringComparison.Ordinal));

    /// <summary>The last part of a name, which is the same in every layer.</summary>
    public static string KindOf(string name) => name[(name.LastIndexOf('.') + 1)..];

    /// <summary>The linear maps that targets stand for.</summary>
    /// <exception cref="ArgumentException">A target stands for none.</exception>
    public static IReadOnlyList<(string Name, Projection Projection)> Find(CausalLanguageModel model, IReadOnlyList<string> targets)
    {
        IReadOnlyList<(string Name, Projection Projection)> all = All(model);
        string[] unknown = [.. targets.Where(target => !all.Any(map => IsTarget(map.Name, [target])))];
        return unknown.Length == 0
            ? [.. all.Where(map => IsTarget(map.Name, targets))]
            : throw new ArgumentException(
                $"No linear map that can be adapted is named {string.Join(", ", unknown.Select(target => $"'{target}'"))}; "
                + $"the model has {string.Join(", ", all.Select(map => KindOf(map.Name)).Distinct())}.",
                nameof(targets));
    }
}
