namespace LongAlign.Data.Templates.Jinja;

/// <summary>A dictionary in the order in which its keys came.</summary>
internal sealed class JinjaDict
{
    private static readonly object NoneKey = new();

    private readonly OrderedDictionary<object, object?> _items = new(KeyComparer.Instance);

    public int Count => _items.Count;

    public IEnumerable<object?> Keys => _items.Keys.Select(KeyOf);

    public IEnumerable<object?> Values => _items.Values;

    public IEnumerable<(object? Key, object? Value)> Pairs => _items.Select(pair => (KeyOf(pair.Key), pair.Value));

    public object? this[object? key]
    {
        set => _items[key ?? NoneKey] = value;
    }

    public object? this[string key]
    {
        set => _items[Text.Literal(key)] = value;
    }

    public bool TryGet(object? key, out object? value) => _items.TryGetValue(key ?? NoneKey, out value);

    public bool TryGet(string key, out object? value) => _items.TryGetValue(Text.Literal(key), out value);

    private static object? KeyOf(object key) => ReferenceEquals(key, NoneKey) ? null : key;

    private sealed class KeyComparer : IEqualityComparer<object>
    {
        public static KeyComparer Instance { get; } = new();

        public new bool Equals(object? x, object? y) => ReferenceEquals(x, y) || Comparing.AreEqual(x, y);

        public int GetHashCode(object obj) => obj switch
        {
            Text text => text.GetHashCode(),
            JinjaTuple tuple => tuple.Items.Aggregate(tuple.Items.Count, (hash, item) => HashCode.Combine(hash, item is null ? 0 : GetHashCode(item))),
            JinjaDict or JinjaList => throw new JinjaException($"a {TypeNames.Of(obj)} can't be a key"),
            _ when Numbers.TryGet(obj, out double number) => number.GetHashCode(),
            Undefined => 1,
            _ => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(obj),
        };
    }
}
