using System.Text.Json;
using System.Text.Json.Nodes;

namespace LongAlign.Data;

/// <summary>The tools of a row: a list, a list as text, or the older functions.</summary>
internal static class RowTools
{
    /// <summary>Takes them; null where there are none.</summary>
    /// <exception cref="RowException">They are not a list of objects.</exception>
    public static JsonElement? Take(RowColumns columns)
    {
        JsonElement? tools = Take(columns, "tools", tool => tool);
        JsonElement? functions = Take(columns, "functions", function => new JsonObject { ["type"] = "function", ["function"] = function });
        return tools is null || functions is null ? tools ?? functions : throw new RowException("two lists of tools", "there are 'tools' and 'functions'; expected one of them.");
    }

    private static JsonElement? Take(RowColumns columns, string name, Func<JsonNode, JsonNode> wrap)
    {
        if (!columns.TryTake(name, out JsonElement given) || JsonText.IsNothing(given))
        {
            return null;
        }

        JsonElement tools = OfText(given, name);
        if (tools.ValueKind != JsonValueKind.Array)
        {
            throw new RowException("no tools", $"the column '{name}' is {JsonText.Describe(tools)}; expected a list of JSON schemas, or one as text.");
        }

        JsonElement[] items = [.. tools.EnumerateArray().Select(tool => OfText(tool, name))];
        return items.Length == 0 ? null
            : Array.Exists(items, tool => tool.ValueKind != JsonValueKind.Object) ? throw new RowException("no tools", $"a tool of '{name}' is not an object; expected JSON schemas.")
            : JsonText.Keep(JsonSerializer.SerializeToElement(new JsonArray([.. items.Select(tool => wrap(JsonObject.Create(JsonText.Keep(tool))!))])));
    }

    private static JsonElement OfText(JsonElement value, string name)
        => value.ValueKind == JsonValueKind.String ? JsonText.Parse(JsonText.Text(value), $"'{name}'") : value;
}
