namespace LongAlign.Data.Templates.Jinja;

/// <summary>The filters (behind <c>|</c>); the first argument is the value that is filtered.</summary>
internal static class Filters
{
    private static readonly string[] NotSupported = ["pprint", "random", "striptags", "urlize", "xmlattr", "wordwrap", "filesizeformat"];

    private static readonly Dictionary<string, Func<Execution, Arguments, object?>> All = Create();

    /// <summary>Whether Jinja has it; some it has are not supported.</summary>
    public static bool Has(string name) => All.ContainsKey(name) || NotSupported.Contains(name);

    /// <exception cref="JinjaException">There is none of that name.</exception>
    public static Func<Execution, Arguments, object?> Find(string name)
        => All.TryGetValue(name, out Func<Execution, Arguments, object?>? filter) ? filter
            : throw new JinjaException(NotSupported.Contains(name) ? $"the filter '{name}' is not supported" : $"there is no filter '{name}'");

    private static Dictionary<string, Func<Execution, Arguments, object?>> Create()
    {
        Dictionary<string, Func<Execution, Arguments, object?>> all = [];
        TextFilters.AddTo(all);
        NumberFilters.AddTo(all);
        ListFilters.AddTo(all);
        SelectFilters.AddTo(all);
        return all;
    }
}
