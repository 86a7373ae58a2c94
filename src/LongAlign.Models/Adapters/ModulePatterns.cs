using System.Text.RegularExpressions;

namespace LongAlign.Models.Adapters;

/// <summary>Values by the names of modules, as in PEFT's <c>rank_pattern</c>: the first key that matches counts.</summary>
/// <typeparam name="T">Of the values.</typeparam>
internal sealed class ModulePatterns<T>
    where T : struct
{
    private readonly (Regex Pattern, T Value)[] _patterns;

    public ModulePatterns(IEnumerable<KeyValuePair<string, T>> values)
        => _patterns = [.. values.Select(value => (ModulePatterns.Ending(value.Key), value.Value))];

    /// <summary>The value of a module; null where no key matches.</summary>
    public T? Find(string module)
    {
        foreach ((Regex pattern, T value) in _patterns)
        {
            if (ModulePatterns.IsMatch(pattern, module))
            {
                return value;
            }
        }

        return null;
    }
}

/// <summary>Patterns of module names, which are regular expressions from somebody else's file.</summary>
internal static class ModulePatterns
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>A pattern of the whole name, or of its end after a dot.</summary>
    /// <exception cref="ArgumentException">It is not a regular expression.</exception>
    public static Regex Ending(string pattern) => Whole($"(.*\\.)?({pattern})");

    /// <summary>A pattern of the whole name.</summary>
    /// <exception cref="ArgumentException">It is not a regular expression.</exception>
    public static Regex Whole(string pattern) => new($"^(?:{pattern})$", RegexOptions.CultureInvariant, Patience);

    /// <summary>Whether a name matches.</summary>
    /// <exception cref="InvalidDataException">It takes more than a second to say.</exception>
    public static bool IsMatch(Regex pattern, string name)
    {
        try
        {
            return pattern.IsMatch(name);
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new InvalidDataException($"The pattern '{pattern}' of module names takes more than a second for '{name}'.", e);
        }
    }

    /// <summary>Returns the fault of a pattern; null for none.</summary>
    public static string? FaultOf(string pattern)
    {
        try
        {
            Ending(pattern);
            return null;
        }
        catch (ArgumentException e)
        {
            return $"'{pattern}' is not a regular expression: {e.Message}";
        }
    }
}
