namespace LongAlign.Data.Templates.Jinja;

/// <summary>The keys, values or items of a dictionary.</summary>
/// <param name="kind">The kind of view.</param>
/// <param name="items">They.</param>
internal sealed class DictView(string kind, IReadOnlyList<object?> items)
{
    public string Kind { get; } = kind;

    public IReadOnlyList<object?> Items { get; } = items;

    public static DictView KeysOf(JinjaDict dict) => new("dict_keys", [.. dict.Keys]);

    public static DictView ValuesOf(JinjaDict dict) => new("dict_values", [.. dict.Values]);

    public static DictView ItemsOf(JinjaDict dict) => new("dict_items", [.. dict.Pairs.Select(pair => new JinjaTuple(pair.Key, pair.Value))]);
}
