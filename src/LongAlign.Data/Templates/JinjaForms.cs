using System.Text.Json;
using System.Text.Json.Nodes;

namespace LongAlign.Data;

/// <summary>
/// In which form a template takes what data sets write in several: arguments of calls as an object or as JSON text, no content beside calls as null
/// or as an empty text, thoughts by their field's name, the role of developers. Found out by rendering, once.
/// </summary>
internal sealed class JinjaForms
{
    private const string Key = "key0";
    private const string Value = "value0";
    private const string Thought = "thought0";

    private static readonly string[] AsJson = [$"\"{Key}\": \"{Value}\"", $"\"{Key}\":\"{Value}\""];
    private static readonly string AsPython = $"'{Key}': '{Value}'";

    private readonly string _text;
    private readonly Func<ChatConversation, bool, string?> _render;
    private readonly Lazy<(bool IsObject, bool IsNull)?> _calls;
    private readonly Lazy<string[]> _thoughts;

    /// <param name="text">The template.</param>
    /// <param name="render">Renders a conversation, with a generation prompt or without; null where the template fails.</param>
    public JinjaForms(string text, Func<ChatConversation, bool, string?> render)
    {
        _text = text;
        _render = render;
        _calls = new(FindCalls);
        _thoughts = new(() => [.. ChatMessage.ThoughtFields.Where(ShowsThoughts)]);
    }

    /// <summary>Whether the template knows of developers; one that writes whatever role it is given does not.</summary>
    private bool HasDevelopers => _text.Contains("'developer'", StringComparison.Ordinal) || _text.Contains("\"developer\"", StringComparison.Ordinal);

    public ChatConversation Fit(ChatConversation conversation)
    {
        if (conversation.Messages.All(message => message.Fields.Count == 0 && message.Role != ChatRoles.Developer))
        {
            return conversation;
        }

        return conversation with { Messages = [.. conversation.Messages.Select(Fit)] };
    }

    private ChatMessage Fit(ChatMessage message)
    {
        if (message.Role == ChatRoles.Developer && !HasDevelopers)
        {
            message = message with { Role = ChatRoles.System };
        }

        return message.Fields.Count == 0 ? message : WithThoughts(WithCalls(message));
    }

    private ChatMessage WithThoughts(ChatMessage message)
    {
        string? own = ChatMessage.ThoughtFields.FirstOrDefault(message.Fields.ContainsKey);
        return own is null || _thoughts.Value.Length == 0 || _thoughts.Value.Contains(own) ? message
            : message with { Fields = message.Fields.ToDictionary(field => field.Key == own ? _thoughts.Value[0] : field.Key, field => field.Value) };
    }

    private ChatMessage WithCalls(ChatMessage message)
    {
        if (!message.Fields.TryGetValue("tool_calls", out JsonElement calls) || calls.ValueKind != JsonValueKind.Array || _calls.Value is not { } form)
        {
            return message;
        }

        Dictionary<string, JsonElement> fields = message.Fields.ToDictionary();
        fields["tool_calls"] = JsonSerializer.SerializeToElement(new JsonArray([.. calls.EnumerateArray().Select(call => WithArguments(call, form.IsObject))]));
        if (!form.IsNull && fields.TryGetValue("content", out JsonElement content) && content.ValueKind == JsonValueKind.Null)
        {
            fields.Remove("content");
        }

        return message with { Fields = fields };
    }

    private static JsonNode? WithArguments(JsonElement call, bool isObject)
    {
        JsonNode? node = JsonSerializer.SerializeToNode(call);
        if (node is JsonObject { } item && item["function"] is JsonObject function && function["arguments"] is { } arguments)
        {
            if (isObject && arguments.GetValueKind() == JsonValueKind.String && TryParse(arguments.GetValue<string>()) is { } parsed)
            {
                function["arguments"] = parsed;
            }
            else if (!isObject && arguments.GetValueKind() == JsonValueKind.Object)
            {
                function["arguments"] = Templates.Jinja.Json.Dump(TemplateVariables.Of("arguments", JsonSerializer.SerializeToElement(arguments))).Value;
            }
        }

        return node;
    }

    private static JsonObject? TryParse(string json)
    {
        try
        {
            return JsonNode.Parse(json) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private (bool IsObject, bool IsNull)? FindCalls()
    {
        foreach (bool isObject in new[] { true, false })
        {
            foreach (bool isNull in new[] { true, false })
            {
                string? text = _render(Calling(isObject, isNull), false);
                bool isRight = text is not null && !text.Contains("None", StringComparison.Ordinal) && (isObject
                    ? text.Contains(Key, StringComparison.Ordinal) && text.Contains(Value, StringComparison.Ordinal) && !text.Contains(AsPython, StringComparison.Ordinal)
                    : Array.Exists(AsJson, json => text.Contains(json, StringComparison.Ordinal)));
                if (isRight)
                {
                    return (isObject, isNull);
                }
            }
        }

        return null;
    }

    private static ChatConversation Calling(bool isObject, bool isNull)
    {
        string json = $"{{{AsJson[0]}}}";
        JsonObject function = new() { ["name"] = "name0", ["arguments"] = isObject ? JsonNode.Parse(json) : json };
        JsonArray calls = [new JsonObject { ["id"] = "call00000", ["type"] = "function", ["function"] = function }];
        Dictionary<string, JsonElement> fields = new() { ["tool_calls"] = JsonSerializer.SerializeToElement(calls) };
        if (isNull)
        {
            fields["content"] = JsonSerializer.SerializeToElement<string?>(null);
        }

        return new ChatConversation([new ChatMessage(ChatRoles.User, "q"), new ChatMessage(ChatRoles.Assistant, "") { Fields = fields }], "a call");
    }

    private bool ShowsThoughts(string field)
    {
        ChatMessage answer = new(ChatRoles.Assistant, "a") { Fields = new Dictionary<string, JsonElement> { [field] = JsonSerializer.SerializeToElement(Thought) } };
        return _render(new ChatConversation([new ChatMessage(ChatRoles.User, "q"), answer], "a thought"), false)?.Contains(Thought, StringComparison.Ordinal) == true;
    }
}
