using System.Text.Json;
using System.Text.Json.Nodes;

namespace LongAlign.Data;

/// <summary>Calls of tools in messages, made one form of: a list of <c>{"type":"function","function":{"name":…,"arguments":…}}</c>.</summary>
internal static class ToolCalls
{
    /// <summary>Takes the calls of a message; null where there are none.</summary>
    /// <exception cref="RowException">They are none.</exception>
    public static JsonElement? Take(Dictionary<string, JsonElement> keys, int index)
    {
        keys.Remove("tool_calls", out JsonElement calls);
        keys.Remove("function_call", out JsonElement call);
        bool hasCalls = !JsonText.IsNothing(calls);
        bool hasCall = !JsonText.IsNothing(call);
        return hasCalls && hasCall ? throw Fault(index, "has 'tool_calls' and 'function_call'")
            : hasCalls ? Read(calls, index)
            : hasCall ? Read(call, index)
            : null;
    }

    /// <summary>Calls that stand as JSON in a text.</summary>
    /// <exception cref="RowException">They do not.</exception>
    public static JsonElement OfText(string text, int index) => Read(JsonText.Parse(text, $"message {index}, a call,"), index) ?? throw Fault(index, "is a call of nothing");

    public static RowException Fault(int index, string what)
        => new("no tool call", $"message {index} {what}; expected calls of the assistant, as [{{\"type\":\"function\",\"function\":{{\"name\":…,\"arguments\":…}}}}].");

    private static JsonElement? Read(JsonElement calls, int index)
    {
        JsonElement list = calls.ValueKind == JsonValueKind.String ? JsonText.Parse(JsonText.Text(calls), $"the calls of message {index}") : calls;
        JsonElement[] items = list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray()] : [list];
        return items.Length == 0 ? null : JsonSerializer.SerializeToElement(new JsonArray([.. items.Select(item => ReadOne(item, index))]));
    }

    private static JsonObject ReadOne(JsonElement given, int index)
    {
        JsonElement call = given.ValueKind == JsonValueKind.String ? JsonText.Parse(JsonText.Text(given), $"a call of message {index}") : given;
        JsonObject read = call.ValueKind == JsonValueKind.Object ? JsonObject.Create(JsonText.Keep(call))! : throw Fault(index, $"calls {JsonText.Describe(call)}");
        if (read["function"] is not JsonObject)
        {
            JsonObject function = [];
            foreach (string key in new[] { "name", "arguments", "parameters" })
            {
                if (read.Remove(key, out JsonNode? value))
                {
                    function[key == "parameters" ? "arguments" : key] = value;
                }
            }

            read.Remove("function");
            read["function"] = function;
        }

        JsonObject inner = (JsonObject)read["function"]!;
        if (inner["name"]?.GetValueKind() != JsonValueKind.String || inner["name"]!.GetValue<string>().Length == 0)
        {
            throw Fault(index, "calls a tool without a name");
        }

        if (inner["arguments"] is null)
        {
            inner["arguments"] = new JsonObject();
        }

        if (inner["arguments"]!.GetValueKind() is not (JsonValueKind.Object or JsonValueKind.String))
        {
            throw Fault(index, "calls a tool whose arguments are neither an object nor JSON as text");
        }

        read["type"] ??= "function";
        return read;
    }
}
