using System.Text.RegularExpressions;

namespace LongAlign.Models.Adapters;

/// <summary>The names of tensors in an adapter's file.</summary>
/// <remarks>
/// PEFT wraps a model twice, leaves the adapter's own name out and keeps those of the modules (huggingface/peft,
/// docs/source/developer_guides/checkpoint.md): <c>base_model.model.</c> + module + <c>.lora_A.weight</c>. Some trainers store the
/// adapter's name, <c>default</c>, and what a wrapper calls the weights inside it.
/// </remarks>
internal static partial class AdapterNames
{
    private const string Prefix = "base_model.model.";

    public static string A(string module, IAdaptable part) => module + (part.IsLookup ? ".lora_embedding_A" : ".lora_A.weight");

    public static string B(string module, IAdaptable part) => module + (part.IsLookup ? ".lora_embedding_B" : ".lora_B.weight");

    public static string Lengths(string module) => module + ".lora_magnitude_vector";

    /// <summary>Returns PEFT's name of a tensor.</summary>
    public static string InFile(string name) => Prefix + name;

    /// <summary>Returns PEFT's name of a parameter of an adapted module: the wrapped module is <c>base_layer</c>.</summary>
    public static string Wrapped(string parameter)
    {
        int dot = parameter.LastIndexOf('.');
        return $"{parameter[..dot]}.base_layer{parameter[dot..]}";
    }

    /// <summary>The name without what wrappers add; null where it does not begin as PEFT's do.</summary>
    public static string? Usual(string inFile)
    {
        if (!inFile.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        string name = AdapterName().Replace(inFile[Prefix.Length..], "$1");
        return Wrapper().Replace(LengthsWeight().Replace(name, "$1"), ".");
    }

    [GeneratedRegex(@"(\.lora_(?:A|B|embedding_A|embedding_B|magnitude_vector))\.default(?=\.weight$|$)", RegexOptions.CultureInvariant)]
    private static partial Regex AdapterName();

    [GeneratedRegex(@"(\.lora_magnitude_vector)\.weight$", RegexOptions.CultureInvariant)]
    private static partial Regex LengthsWeight();

    [GeneratedRegex(@"\.(?:base_layer|modules_to_save(?:\.default)?)\.(?=[^.]+$)", RegexOptions.CultureInvariant)]
    private static partial Regex Wrapper();
}
