using System.Text.Json;

namespace LongAlign.Models.Configuration;

/// <summary>
/// Reads the keys of a <c>config.json</c>, or of an object in it, and collects what is wrong with them. A faulty key gives the number 1 or
/// another harmless value, so that reading continues to the next fault.
/// </summary>
internal sealed class ConfigReader(JsonElement root, string prefix, List<string> faults)
{
    /// <summary>The most of any size: far above every model, and products of two fit into 64 bits.</summary>
    public const int MaxSize = 1 << 26;

    private readonly HashSet<string> _known = [];

    public List<string> Faults => faults;

    /// <summary>All keys, in the order of the file, each once.</summary>
    public IEnumerable<string> Keys => root.EnumerateObject().Select(property => property.Name).Distinct();

    /// <summary>Whether a key is there and not null.</summary>
    public bool HasValue(string key) => root.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>Whether a key is there, null or not.</summary>
    public bool Contains(string key) => root.TryGetProperty(key, out _);

    /// <summary>A whole number of at least 1 that must be there.</summary>
    public int Size(string key, int most = MaxSize) => OptionalSize(key, absent: 0, most) switch
    {
        null or 0 => Fault(key, $"a whole number from 1 to {most}", 1),
        { } size => size,
    };

    /// <summary>A whole number of at least 1; null where the key is null, <paramref name="absent"/> where there is none.</summary>
    public int? OptionalSize(string key, int? absent, int most = MaxSize)
    {
        if (!Contains(key))
        {
            return absent;
        }

        return Find(key) is not { } value ? null
            : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int size) && size >= 1 && size <= most ? size
            : Fault(key, $"a whole number from 1 to {most}", 1);
    }

    /// <summary>A finite number of at least <paramref name="least"/>, or above it.</summary>
    public double Number(string key, double? absent, double least = 0, bool aboveLeast = false)
    {
        string expected = $"a number {(aboveLeast ? "above" : "of at least")} {least:0}";
        return Find(key) is not { } value ? absent ?? Fault(key, expected, 1)
            : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number)
                && (number > least || (number == least && !aboveLeast)) ? number
            : Fault(key, expected, 1);
    }

    /// <summary>A finite number above 0; null where the key is null.</summary>
    public double? OptionalNumber(string key, double? absent)
        => !Contains(key) ? absent : HasValue(key) ? Number(key, absent: null, aboveLeast: true) : Known<double?>(key, null);

    /// <summary>True or false.</summary>
    public bool Flag(string key, bool absent) => Find(key) is not { } value ? absent
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
        : Fault(key, "true or false", absent);

    /// <summary>A string.</summary>
    public string? Text(string key) => Find(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : Fault<string?>(key, "a string", null);

    /// <summary>A string, whose faults are others' matter.</summary>
    public string? HasText(string key) => Find(key) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    /// <summary>A list of strings; null where the key is absent or null.</summary>
    public IReadOnlyList<string>? Texts(string key) => Find(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? [.. value.EnumerateArray().Select(item => item.GetString()!)]
        : Fault<IReadOnlyList<string>?>(key, "a list of strings", null);

    /// <summary>A list of finite numbers; null where the key is absent or null.</summary>
    public double[]? Numbers(string key, int count, double above)
    {
        if (Find(key) is not { } value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == count
            && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number && item.TryGetDouble(out double number) && double.IsFinite(number) && number > above)
            ? [.. value.EnumerateArray().Select(item => item.GetDouble())]
            : Fault<double[]?>(key, $"a list of {count} numbers above {above:0}", null);
    }

    /// <summary>A list of whole numbers; null where the key is absent or null.</summary>
    public IReadOnlyList<int>? WholeNumbers(string key) => Find(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out _))
            ? [.. value.EnumerateArray().Select(item => item.GetInt32())]
        : Fault<IReadOnlyList<int>?>(key, "a list of whole numbers", null);

    /// <summary>A whole number or a list of some; null where the key is absent or null.</summary>
    public IReadOnlyList<int>? NumberOrNumbers(string key)
        => Find(key) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out int number) ? [number] : WholeNumbers(key);

    /// <summary>A list of strings, or a string; both null where the key is absent or null.</summary>
    public (IReadOnlyList<string>? Several, string? One) TextOrTexts(string key)
        => Find(key) is { ValueKind: JsonValueKind.String } value ? (null, value.GetString()) : (Texts(key), null);

    /// <summary>A token id, or a list of some; those of the family where there is no such key.</summary>
    public IReadOnlyList<int> TokenIds(string key, params IReadOnlyList<int> absent)
    {
        if (Find(key) is not { } value)
        {
            return Contains(key) ? [] : absent;
        }

        JsonElement[] items = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];
        List<int> ids = [];
        foreach (JsonElement item in items)
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt32(out int id))
            {
                return Fault<IReadOnlyList<int>>(key, "a token id or a list of token ids", []);
            }

            ids.Add(id);
        }

        return ids;
    }

    /// <summary>An object; null where the key is absent or null.</summary>
    public ConfigReader? Section(string key) => Find(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.Object ? new ConfigReader(value, $"{prefix}{key}.", faults)
        : Fault<ConfigReader?>(key, "an object", null);

    /// <summary>An object without keys, in place of one that is missing.</summary>
    public ConfigReader Empty() => new(JsonDocument.Parse("{}").RootElement, prefix, faults);

    /// <summary>A key that may be absent or null or have one value, as text of JSON: the only one that is supported.</summary>
    public void Expect(string key, params ReadOnlySpan<string> supported)
    {
        if (Find(key) is { } value && !supported.Contains(Plain(value)))
        {
            faults.Add($"{prefix}{key} is {Shorten(value)}{(supported.IsEmpty ? ", which is not supported" : $"; supported: {string.Join(", ", supported)}")}");
        }
    }

    /// <summary>Keys whose value makes no difference to the model's results.</summary>
    public void Ignore(params IEnumerable<string> keys) => _known.UnionWith(keys);

    /// <summary>A fault for each key that nothing asked for and that is not neutral: it may mean another model.</summary>
    public void RefuseOthers()
    {
        foreach (JsonProperty property in root.EnumerateObject())
        {
            (string key, JsonElement value) = (property.Name, property.Value);
            if (!_known.Contains(key) && !key.StartsWith('_') && !NeutralKeys.IsNeutral(value) && !SaysTheUsual(key, value))
            {
                faults.Add($"{prefix}{key} is {Shorten(value)}, a key that is not known here: remove it if the model's results don't depend on it");
            }
        }
    }

    public T Fault<T>(string key, string expected, T instead)
    {
        faults.Add(root.TryGetProperty(key, out JsonElement value)
            ? $"{prefix}{key} is {Shorten(value)}; expected {expected}"
            : $"{prefix}{key} is missing; expected {expected}");
        return instead;
    }

    private T Known<T>(string key, T value)
    {
        _known.Add(key);
        return value;
    }

    private bool SaysTheUsual(string key, JsonElement value)
        => NeutralKeys.AtOneValue.GetValueOrDefault(key)?.Contains(Plain(value)) == true
        || (NeutralKeys.SameAs.GetValueOrDefault(key) is { } other && root.TryGetProperty(other, out JsonElement same) && Plain(same) == Plain(value));

    private JsonElement? Find(string key)
    {
        _known.Add(key);
        return root.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    /// <summary>The text of a value, whole numbers without decimals: 0.0 is 0.</summary>
    private static string Plain(JsonElement value)
        => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number == Math.Truncate(number) && Math.Abs(number) < 1e9
            ? $"{(long)number}"
            : value.GetRawText();

    private static string Shorten(JsonElement value)
    {
        string text = value.GetRawText();
        return text.Length <= 60 ? text : text[..60] + "…";
    }
}
