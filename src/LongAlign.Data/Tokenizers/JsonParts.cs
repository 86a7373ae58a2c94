using System.Text.Json;

namespace LongAlign.Data;

/// <summary>Reads the parts of a tokenizer.json.</summary>
internal static class JsonParts
{
    /// <summary>The type of a part; empty where there is no part.</summary>
    public static string TypeName(this JsonElement part)
        => part.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? ""
            : part.TryGetProperty("type", out JsonElement type) ? type.GetString() ?? "" : part.TryGetProperty("merges", out _) ? "BPE" : "?";

    /// <summary>A property; undefined where there is none.</summary>
    public static JsonElement Optional(this JsonElement part, string name) => part.TryGetProperty(name, out JsonElement value) ? value : default;

    /// <summary>Whether a property is true, or has a value.</summary>
    public static bool IsSet(this JsonElement part, string name, bool absent = false)
        => !part.TryGetProperty(name, out JsonElement value) ? absent : value.ValueKind switch
        {
            JsonValueKind.Null or JsonValueKind.False => false,
            JsonValueKind.String => value.GetString() != "",
            JsonValueKind.Number => value.GetDouble() != 0,
            _ => true,
        };

    /// <summary>A property's text; null where it has none.</summary>
    public static string? Text(this JsonElement part, string name)
        => part.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>The text that a part looks for; null where it has a regular expression.</summary>
    public static string? Literal(this JsonElement part) => part.GetProperty("pattern").TryGetProperty("String", out JsonElement text) ? text.GetString() : null;
}
