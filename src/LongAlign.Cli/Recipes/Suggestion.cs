namespace LongAlign.Cli.Recipes;

/// <summary>Suggests the option that was meant by an unknown name.</summary>
internal static class Suggestion
{
    /// <summary>The nearest option of the section or, where the name is one of another section, that one; else all there are.</summary>
    public static string For(string name, IReadOnlyList<RecipeProperty> section, Type recipe)
    {
        string[] keys = [.. section.Select(property => property.Key)];
        if (FindNearest(name, keys) is { } near)
        {
            return $"did you mean '{near}'?";
        }

        return AllPaths(recipe, "").FirstOrDefault(path => path.EndsWith("." + name, StringComparison.Ordinal)) is { } elsewhere
            ? $"did you mean '{elsewhere}'?"
            : $"expected one of {string.Join(", ", keys)}.";
    }

    public static string Nearest(string name, IReadOnlyList<string> names) => FindNearest(name, names) is { } near ? $" Did you mean '{near}'?" : "";

    /// <summary>The name with the fewest letters to change, where those are few.</summary>
    private static string? FindNearest(string name, IReadOnlyList<string> names)
    {
        (string Name, int Distance)? nearest = names.Select(candidate => (candidate, Distance(name, candidate))).OrderBy(pair => pair.Item2).FirstOrDefault();
        return nearest is { Name: not null } found && found.Distance <= Math.Max(1, name.Length / 3) ? found.Name : null;
    }

    private static IEnumerable<string> AllPaths(Type section, string prefix)
        => RecipeProperty.Of(section).SelectMany(property => property.IsSection
            ? AllPaths(property.ValueType, $"{prefix}{property.Key}.").Prepend(prefix + property.Key)
            : [prefix + property.Key]);

    /// <summary>Letters to insert, remove, replace or swap with their neighbour (optimal string alignment), underscores and case aside.</summary>
    private static int Distance(string first, string second)
    {
        string a = first.Replace('_', '-').ToLowerInvariant();
        string b = second;
        int[,] steps = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                steps[i, j] = i == 0 || j == 0 ? i + j
                    : Math.Min(Math.Min(steps[i - 1, j], steps[i, j - 1]) + 1, steps[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    steps[i, j] = Math.Min(steps[i, j], steps[i - 2, j - 2] + 1);
                }
            }
        }

        return steps[a.Length, b.Length];
    }
}
