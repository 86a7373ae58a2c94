using System.Text;
using System.Text.Json;

namespace LongAlign.Data;

/// <summary>Parses JSON of files strictly: in UTF-8, every name once, texts of whole characters.</summary>
internal static class JsonText
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly JsonDocumentOptions NoDuplicates = new() { AllowDuplicateProperties = false };

    /// <summary>Parses a row.</summary>
    /// <exception cref="RowException">It is not JSON, or not UTF-8.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> json)
    {
        ThrowIfNotUtf8(json.Span);
        try
        {
            return JsonDocument.Parse(json, NoDuplicates);
        }
        catch (JsonException e)
        {
            string? number = json.Span.IndexOf("NaN"u8) >= 0 ? "NaN" : json.Span.IndexOf("Infinity"u8) >= 0 ? "Infinity" : null;
            throw new RowException("not JSON", $"the row is not JSON; expected one whole object a line, or an array of such, and every name once{(number is null ? "" : $" ({number} is not a number in JSON)")}: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            throw NotUnicode(e);
        }
    }

    /// <summary>Parses JSON that stands in a text.</summary>
    /// <exception cref="RowException">It is not JSON.</exception>
    public static JsonElement Parse(string json, string where)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, NoDuplicates);
            return document.RootElement.Clone();
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException)
        {
            throw new RowException("not JSON", $"the text of {where} is not JSON: {e.Message}", e);
        }
    }

    /// <summary>The text of a string.</summary>
    /// <exception cref="RowException">It holds half of a character.</exception>
    public static string Text(JsonElement text)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw NotUnicode(e);
        }
    }

    /// <summary>A value that outlives its document.</summary>
    /// <exception cref="RowException">A text or name in it holds half of a character.</exception>
    public static JsonElement Keep(JsonElement value)
    {
        Check(value);
        return value.Clone();
    }

    /// <summary>Whether there is nothing: null, or an empty list or text.</summary>
    public static bool IsNothing(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => true,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.String => value.ValueEquals(""),
        _ => false,
    };

    /// <summary>Describes the kind of a value, for messages.</summary>
    public static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Undefined => "missing",
        JsonValueKind.Null => "null",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "true or false",
        JsonValueKind.Array => "a list",
        _ => "an object",
    };

    private static void Check(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                Text(value);
                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in value.EnumerateArray())
                {
                    Check(item);
                }

                break;
            case JsonValueKind.Object:
                foreach (JsonProperty property in value.EnumerateObject())
                {
                    Name(property);
                    Check(property.Value);
                }

                break;
            default:
                break;
        }
    }

    /// <summary>The name of a property.</summary>
    /// <exception cref="RowException">It holds half of a character.</exception>
    public static string Name(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException e)
        {
            throw NotUnicode(e);
        }
    }

    private static RowException NotUnicode(InvalidOperationException e)
        => new("not Unicode", $"a text is not valid Unicode; expected surrogates in pairs: {e.Message}", e);

    private static void ThrowIfNotUtf8(ReadOnlySpan<byte> json)
    {
        if (System.Text.Unicode.Utf8.IsValid(json))
        {
            return;
        }

        try
        {
            Utf8.GetCharCount(json);
        }
        catch (DecoderFallbackException e)
        {
            throw new RowException("not UTF-8", $"the line is not UTF-8; where the file is of another encoding, that may be given: {e.Message}", e);
        }
    }
}
