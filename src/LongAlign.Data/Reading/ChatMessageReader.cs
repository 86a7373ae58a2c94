using System.Text;
using System.Text.Json;

namespace LongAlign.Data;

/// <summary>Makes messages of JSON: with role and content, or ShareGPT's from and value.</summary>
internal sealed class ChatMessageReader(ChatReadingOptions options)
{
    public const string Expected = "{\"messages\":[{\"role\":…,\"content\":…},…]}";

    /// <summary>Reads a list of messages, or one as text.</summary>
    /// <exception cref="RowException">It is not such a list.</exception>
    public ChatMessage[] ReadAll(JsonElement messages, string column, ICollection<string> unused)
    {
        JsonElement list = messages.ValueKind == JsonValueKind.String ? JsonText.Parse(JsonText.Text(messages), $"'{column}'") : messages;
        return list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Select((message, i) => Read(message, i, unused))]
            : throw new RowException("no messages", $"'{column}' is {JsonText.Describe(list)}; expected a list of messages, {Expected}.");
    }

    private ChatMessage Read(JsonElement message, int index, ICollection<string> unused)
    {
        Dictionary<string, JsonElement> keys = Keys(message, index);
        bool isShareGpt = keys.ContainsKey("from") && !keys.ContainsKey("role");
        (string roleKey, string contentKey) = isShareGpt ? ("from", "value") : ("role", "content");
        string name = Take(keys, roleKey) is { ValueKind: JsonValueKind.String } given ? JsonText.Text(given)
            : throw new RowException($"no {roleKey}", $"message {index} has no text '{roleKey}'; expected {{\"{roleKey}\":…,\"{contentKey}\":…}}, and there are {(message.EnumerateObject().Any() ? string.Join(", ", message.EnumerateObject().Select(JsonText.Name)) : "no keys")}.");
        string role = ChatRoles.Find(name, index, options.Roles);
        Dictionary<string, JsonElement> fields = [];
        string? content = ContentOf(keys, contentKey, index, unused);
        JsonElement? calls = ToolCalls.Take(keys, index);
        if (role == ChatRoles.Call)
        {
            calls = calls is null && content is not null ? ToolCalls.OfText(content, index) : throw ToolCalls.Fault(index, "is a call whose text is not JSON with a name and arguments");
            (role, content) = (ChatRoles.Assistant, null);
        }

        if (calls is { } list)
        {
            fields["tool_calls"] = role == ChatRoles.Assistant ? list : throw ToolCalls.Fault(index, $"of the role '{name}' calls a tool");
        }

        AddThoughts(keys, role, index, fields);
        if (content is null)
        {
            // A template may write null, so it is told.
            fields["content"] = calls is not null ? JsonSerializer.SerializeToElement<string?>(null)
                : throw new RowException($"no {contentKey}", $"message {index} has no text '{contentKey}'; expected {{\"{roleKey}\":…,\"{contentKey}\":…}}, a text or a list of parts of text.");
        }
        else if (content.Length == 0 && options.RefuseEmptyContent && calls is null)
        {
            throw new RowException("empty content", $"message {index} of the role '{role}' is empty; expected text.");
        }

        AddText("name", keys, index, fields);
        AddText("tool_call_id", keys, index, fields);
        bool isLearned = MessageWeight.Take(keys, role, index);
        foreach ((string key, _) in keys.Where(key => !JsonText.IsNothing(key.Value)))
        {
            unused.Add($"key '{key}' of messages");
        }

        ChatMessage read = new(role, content ?? "") { IsLearned = isLearned };
        return fields.Count == 0 ? read : read with { Fields = fields };
    }

    /// <summary>The keys that have a value, by the names that are known.</summary>
    private Dictionary<string, JsonElement> Keys(JsonElement message, int index)
    {
        if (message.ValueKind != JsonValueKind.Object)
        {
            throw new RowException("no role", $"message {index} is {JsonText.Describe(message)} and has no text 'role'; expected {{\"role\":…,\"content\":…}}.");
        }

        Dictionary<string, JsonElement> keys = [];
        foreach (JsonProperty property in message.EnumerateObject())
        {
            string own = JsonText.Name(property);
            string key = options.Columns.GetValueOrDefault(own, own);
            if (key != ChatReadingOptions.Ignored && property.Value.ValueKind != JsonValueKind.Null && !keys.TryAdd(key, property.Value))
            {
                throw new RowException("two keys", $"message {index} has two keys for '{key}', one of them '{own}'; expected one of them mapped to '{ChatReadingOptions.Ignored}'.");
            }
        }

        return keys;
    }

    /// <summary>The text; null where there is none.</summary>
    private static string? ContentOf(Dictionary<string, JsonElement> keys, string key, int index, ICollection<string> unused)
    {
        JsonElement content = Take(keys, key);
        switch (content.ValueKind)
        {
            case JsonValueKind.String:
                return JsonText.Text(content);
            case JsonValueKind.Array when content.GetArrayLength() > 0:
                StringBuilder text = new();
                foreach ((int i, JsonElement part) in content.EnumerateArray().Index())
                {
                    text.Append(PartOf(part, $"part {i} of message {index}", unused));
                }

                return text.ToString();
            case JsonValueKind.Undefined or JsonValueKind.Array:
                return null;
            default:
                throw new RowException($"no {key}", $"message {index} has no text '{key}', but {JsonText.Describe(content)}; expected a text or a list of parts of text.");
        }
    }

    private static string PartOf(JsonElement part, string where, ICollection<string> unused)
    {
        if (part.ValueKind == JsonValueKind.String)
        {
            return JsonText.Text(part);
        }

        string? type = part.ValueKind != JsonValueKind.Object ? null
            : part.TryGetProperty("type", out JsonElement given) && given.ValueKind != JsonValueKind.Null ? given.ValueKind == JsonValueKind.String ? JsonText.Text(given) : null
            : "text";
        if (type is not ("text" or "input_text" or "output_text") || !part.TryGetProperty("text", out JsonElement text) || text.ValueKind != JsonValueKind.String)
        {
            throw new RowException("no text", $"{where} is not a text but {(type is null ? JsonText.Describe(part) : $"of the type '{type}'")}; expected {{\"type\":\"text\",\"text\":…}}.");
        }

        foreach (string key in part.EnumerateObject().Where(property => !JsonText.IsNothing(property.Value)).Select(JsonText.Name).Except(["type", "text"]))
        {
            unused.Add($"key '{key}' of parts");
        }

        return JsonText.Text(text);
    }

    private static void AddThoughts(Dictionary<string, JsonElement> keys, string role, int index, Dictionary<string, JsonElement> fields)
    {
        string? found = null;
        foreach (string key in ChatMessage.ThoughtFields)
        {
            JsonElement thoughts = Take(keys, key);
            if (JsonText.IsNothing(thoughts))
            {
                continue;
            }

            if (thoughts.ValueKind != JsonValueKind.String || role != ChatRoles.Assistant)
            {
                throw new RowException("no thoughts", $"message {index} of the role '{role}' has '{key}', {JsonText.Describe(thoughts)}; expected a text, of the assistant alone.");
            }

            string text = JsonText.Text(thoughts);
            if (found is not null && text != found)
            {
                throw new RowException("two thoughts", $"message {index} has thoughts of two names, one of them '{key}'; expected one of them.");
            }

            if (found is null)
            {
                fields[key] = thoughts.Clone();
            }

            found = text;
        }
    }

    private static void AddText(string key, Dictionary<string, JsonElement> keys, int index, Dictionary<string, JsonElement> fields)
    {
        JsonElement value = Take(keys, key);
        if (JsonText.IsNothing(value))
        {
            return;
        }

        fields[key] = value.ValueKind is JsonValueKind.String or JsonValueKind.Number
            ? JsonText.Keep(value)
            : throw new RowException($"no {key}", $"message {index} has '{key}', {JsonText.Describe(value)}; expected a text.");
    }

    private static JsonElement Take(Dictionary<string, JsonElement> keys, string key) => keys.Remove(key, out JsonElement value) ? value : default;
}
