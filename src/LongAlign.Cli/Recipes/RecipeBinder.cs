using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace LongAlign.Cli.Recipes;

/// <summary>Makes a recipe of YAML nodes, and collects every fault with the place where it is.</summary>
internal sealed class RecipeBinder(string file)
{
    private readonly string _folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
    private readonly Dictionary<YamlNode, string> _changed = new(ReferenceEqualityComparer.Instance);
    private readonly List<string> _faults = [];
    private Type _recipe = typeof(object);

    public IReadOnlyList<string> Faults => _faults;

    /// <summary>Marks a node, and all in it, as one of the command line.</summary>
    public TNode Changed<TNode>(TNode node, string source)
        where TNode : YamlNode
    {
        foreach (YamlNode inner in node.AllNodes)
        {
            _changed[inner] = source;
        }

        return node;
    }

    public object Bind(Type recipe, YamlNode root)
    {
        _recipe = recipe;
        return BindSection(recipe, root, "the recipe");
    }

    private object BindSection(Type type, YamlNode node, string name)
    {
        object section = RecipeProperty.CreateDefault(type);
        if (node is not YamlMappingNode mapping)
        {
            AddFault(node, $"{name} is {Describe(node)}; expected options with values.");
            return section;
        }

        IReadOnlyList<RecipeProperty> properties = RecipeProperty.Of(type);
        HashSet<RecipeProperty> seen = [];
        foreach ((YamlNode key, YamlNode value) in mapping.Children)
        {
            string text = (key as YamlScalarNode)?.Value ?? "";
            if (properties.FirstOrDefault(property => property.Key == text) is not { } property)
            {
                AddFault(key, $"there is no option '{text}'{(type == _recipe ? "" : $" in {name}")}; {Suggestion.For(text, properties, _recipe)}");
                continue;
            }

            seen.Add(property);
            if (!IsEmpty(value) || property.IsRequired)
            {
                property.Property.SetValue(section, property.IsList ? BindList(property, value) : BindValue(property, value, $"'{property.Key}'"));
            }
            else if (!property.IsOptional && !property.IsSection)
            {
                AddFault(value, $"'{property.Key}' has no value; expected {property.Expected}.");
            }
        }

        foreach (RecipeProperty missing in properties.Where(property => property.IsRequired && !seen.Contains(property)))
        {
            AddFault(mapping, $"'{missing.Key}' is missing{(type == _recipe ? "" : $" in {name}")}: {missing.Description}");
        }

        return section;
    }

    private Array? BindList(RecipeProperty property, YamlNode node)
    {
        if (node is not YamlSequenceNode sequence)
        {
            AddFault(node, $"'{property.Key}' is {Describe(node)}; expected {property.Expected}.");
            return null;
        }

        Array items = Array.CreateInstance(property.ValueType, sequence.Children.Count);
        foreach ((int index, YamlNode item) in sequence.Children.Index())
        {
            items.SetValue(BindValue(property, item, $"item {index + 1} of '{property.Key}'"), index);
        }

        return items;
    }

    private object? BindValue(RecipeProperty property, YamlNode node, string name)
    {
        if (property.IsSection)
        {
            return BindSection(property.ValueType, node, name);
        }

        object? value = node is YamlScalarNode scalar && !IsEmpty(node) ? Parse(property, scalar) : null;
        if (value is null || property.Range?.IsValid(value) == false)
        {
            AddFault(node, $"{name} is {Describe(node)}; expected {property.Expected}.{(property.Names is { } names && node is YamlScalarNode { Value: { } text } ? Suggestion.Nearest(text, names) : "")}");
            return property.ValueType.IsValueType ? RecipeProperty.CreateDefault(property.ValueType) : null;
        }

        return value;
    }

    private object? Parse(RecipeProperty property, YamlScalarNode node)
    {
        string text = node.Value!;
        Type type = property.ValueType;
        if (type == typeof(string))
        {
            return property.IsPath ? Path.GetFullPath(text, _changed.ContainsKey(node) ? Environment.CurrentDirectory : _folder) : text;
        }

        if (type.IsEnum)
        {
            return Enum.GetNames(type).FirstOrDefault(member => RecipeProperty.KeyOf(member) == text) is { } found ? Enum.Parse(type, found) : null;
        }

        return node.Style != ScalarStyle.Plain ? null // a quoted number is a text
            : type == typeof(bool) ? text switch { "true" => true, "false" => false, _ => null }
            : type == typeof(int) ? int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? number : null
            : type == typeof(long) ? long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long large) ? large : null
            : type == typeof(ulong) ? ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed) ? seed : null
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double real) && double.IsFinite(real) ? real : null;
    }

    private static bool IsEmpty(YamlNode node) => node is YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" };

    private static string Describe(YamlNode node) => node switch
    {
        YamlSequenceNode => "a list",
        YamlMappingNode => "a section of options",
        _ when IsEmpty(node) => "empty",
        _ => $"'{((YamlScalarNode)node).Value}'",
    };

    private void AddFault(YamlNode node, string fault)
        => _faults.Add(_changed.TryGetValue(node, out string? source) ? $"{source}: {fault}" : $"{file}:{Math.Max(1, node.Start.Line)}:{Math.Max(1, node.Start.Column)}: {fault}");
}
