using System.Globalization;
using System.Text.RegularExpressions;
using LongAlign.Models.Decoders;

namespace LongAlign.Models.Adapters;

/// <summary>The rule that selects the parts of a model that an adapter's configuration stands for.</summary>
/// <param name="Names">The targets; null where a pattern says them, which says nothing that the names of the weights don't.</param>
/// <param name="Excluded">Names that are left out after all.</param>
/// <param name="ExcludedPattern">A pattern of such names.</param>
/// <param name="Layers">The layers that are adapted; null: all.</param>
/// <param name="LayersPatterns">The names of the list of layers; null: any.</param>
internal sealed partial record TargetRule(
    IReadOnlyList<string>? Names, IReadOnlyList<string> Excluded, string? ExcludedPattern, IReadOnlyList<int>? Layers, IReadOnlyList<string>? LayersPatterns)
{
    /// <summary>Whether the list of targets alone says it.</summary>
    public bool IsPlain => Names is not null && Excluded is [] && ExcludedPattern is null && Layers is null;

    /// <summary>Whether a part may be adapted.</summary>
    public bool Allows(string name, IAdaptable part, ParameterNames names)
        => (Names is null || LoraTargets.IsTarget(name, part, Names, names))
            && !Excluded.Any(excluded => LoraTargets.IsNamed(name, excluded))
            && (ExcludedPattern is null || !ModulePatterns.IsMatch(ModulePatterns.Whole(ExcludedPattern), name))
            && (Layers is null || IsInLayers(name));

    private bool IsInLayers(string name)
    {
        Match number = LayerNumber().Match(name);
        return number.Success
            && (LayersPatterns is null || LayersPatterns.Contains(number.Groups[1].Value))
            && int.TryParse(number.Groups[2].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int layer) && Layers!.Contains(layer);
    }

    /// <summary>PEFT's: the last number in the name, and what stands before it.</summary>
    [GeneratedRegex(@"^.*\.([^.]*)\.(\d+)\.", RegexOptions.CultureInvariant)]
    private static partial Regex LayerNumber();
}
