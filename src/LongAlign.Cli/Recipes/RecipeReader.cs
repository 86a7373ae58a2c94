using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace LongAlign.Cli.Recipes;

/// <summary>Reads a recipe from a file of YAML or JSON, which YAML includes.</summary>
internal static class RecipeReader
{
    /// <param name="path">The file.</param>
    /// <param name="changes">Changes of the command line, each <c>key=value</c> or <c>section.key=value</c>.</param>
    /// <exception cref="RecipeException">The file can't be read or is not such a recipe; the message names every fault with its line.</exception>
    public static T Read<T>(string path, IReadOnlyList<string> changes)
        where T : class
    {
        YamlNode root = Parse(ReadText(path), path) ?? new YamlMappingNode();
        RecipeBinder binder = new(path);
        if (root is YamlMappingNode mapping)
        {
            foreach (string change in changes)
            {
                Apply(mapping, change, binder);
            }
        }

        object recipe = binder.Bind(typeof(T), root);
        return binder.Faults.Count == 0 ? (T)recipe : throw new RecipeException(string.Join(Environment.NewLine, binder.Faults));
    }

    private static string ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RecipeException(Directory.Exists(path) ? $"{path} is a folder; expected a recipe, a file of YAML or JSON." : $"The recipe can't be read: {e.Message}");
        }
    }

    private static YamlNode? Parse(string text, string source)
    {
        try
        {
            YamlStream stream = [];
            stream.Load(new StringReader(text));
            return stream.Documents.Count switch
            {
                0 => null,
                1 => stream.Documents[0].RootNode,
                _ => throw new RecipeException($"{source} has {stream.Documents.Count} YAML documents; expected one."),
            };
        }
        catch (YamlException e)
        {
            throw new RecipeException($"{source}:{e.Start.Line}:{e.Start.Column}: {e.InnerException?.Message ?? e.Message}");
        }
    }

    private static void Apply(YamlMappingNode root, string change, RecipeBinder binder)
    {
        int border = change.IndexOf('=', StringComparison.Ordinal);
        string name = border > 0 ? change[..border].Trim() : "";
        if (name.Length == 0)
        {
            throw new RecipeException($"--set {change}: expected key=value, such as --set optimizer.learning-rate=1e-4.");
        }

        string source = $"--set {name}";
        string[] keys = name.Split('.');
        YamlMappingNode section = root;
        foreach (string key in keys[..^1])
        {
            YamlScalarNode named = binder.Changed(new YamlScalarNode(key), source);
            if (!section.Children.TryGetValue(named, out YamlNode? inner) || inner is YamlScalarNode { Value: null or "" or "null" or "~" })
            {
                section.Children[named] = inner = binder.Changed(new YamlMappingNode(), source);
            }

            section = inner as YamlMappingNode ?? throw new RecipeException($"{source}: '{key}' is not a section.");
        }

        YamlScalarNode last = binder.Changed(new YamlScalarNode(keys[^1]), source);
        section.Children.Remove(last);
        section.Children.Add(last, binder.Changed(Parse(change[(border + 1)..], source) ?? new YamlScalarNode("") { Style = ScalarStyle.Plain }, source));
    }
}
