using System.Globalization;
using System.Numerics;
using System.Text.Json;
using LongAlign.Data.Templates.Jinja;

namespace LongAlign.Data;

/// <summary>Conversations as Jinja sees them; every text knows which part of which message it is.</summary>
internal static class TemplateVariables
{
    public static JinjaList Messages(ChatConversation conversation)
        => new([.. conversation.Messages.Select((message, i) => Message(message, i))]);

    /// <summary>A value of the caller's; its texts are not literals of the template.</summary>
    /// <exception cref="ArgumentException">It is of a type that templates don't know.</exception>
    public static object? Of(string name, object? value) => value switch
    {
        null or bool or double => value,
        string text => Text.From(new TextSource(text, new MessagePart(-1, name, IsAnswer: false))),
        int or long or byte or short or uint or ulong => (BigInteger)Convert.ToDecimal(value, CultureInfo.InvariantCulture),
        float number => (double)number,
        JsonElement json => Of(json, -1, name, isAssistant: false),
        _ => throw new ArgumentException($"The variable '{name}' is a {value.GetType().Name}; expected a text, a boolean, a number, null or a JsonElement.", nameof(value)),
    };

    /// <summary>The number of characters of a conversation.</summary>
    public static long Length(ChatConversation conversation)
        => (conversation.Tools?.GetRawText().Length ?? 0) + (conversation.Text?.Prompt.Length ?? 0) + (conversation.Text?.Completion.Length ?? 0)
            + conversation.Messages.Sum(message => message.Content.Length + message.Fields.Values.Sum(field => (long)field.GetRawText().Length));

    private static JinjaDict Message(ChatMessage message, int index)
    {
        bool isAssistant = message.Role == ChatRoles.Assistant;
        JinjaDict dict = new();
        dict["role"] = IsWord(message.Role) ? Text.Literal(message.Role) : Source(message.Role, index, "role", isAnswer: false);
        if (!message.Fields.ContainsKey("content"))
        {
            dict["content"] = Source(message.Content, index, "content", isAssistant);
        }

        foreach ((string name, JsonElement value) in message.Fields)
        {
            dict[Key(name, index)] = Of(value, index, name, isAssistant);
        }

        return dict;
    }

    private static object? Of(JsonElement value, int message, string path, bool isAssistant)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                return Source(value.GetString()!, message, Shorten(path), isAssistant && IsSaid(path));
            case JsonValueKind.Number:
                return BigInteger.TryParse(value.GetRawText(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out BigInteger integer) ? integer : value.GetDouble();
            case JsonValueKind.True or JsonValueKind.False:
                return value.ValueKind == JsonValueKind.True;
            case JsonValueKind.Array:
                return new JinjaList([.. value.EnumerateArray().Select((item, i) => Of(item, message, $"{path}.{i}", isAssistant))]);
            case JsonValueKind.Object:
                JinjaDict dict = new();
                foreach (JsonProperty property in value.EnumerateObject())
                {
                    dict[Key(property.Name, message)] = Of(property.Value, message, $"{path}.{property.Name}", isAssistant);
                }

                return dict;
            default:
                return null;
        }
    }

    private static Text Source(string text, int message, string path, bool isAnswer) => Text.From(new TextSource(text, new MessagePart(message, path, isAnswer)));

    private static Text Key(string name, int message) => Source(name, message, "key", isAnswer: false);

    /// <summary>Templates make special tokens of roles: <c>'&lt;|' + role + '|>'</c>. A word can't make one that the template does not.</summary>
    private static bool IsWord(string role) => role.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or ' ');

    /// <summary>Whether the assistant itself writes a part of its message; ids and kinds it does not.</summary>
    private static bool IsSaid(string path)
    {
        if (!path.StartsWith("tool_calls.", StringComparison.Ordinal))
        {
            return path is "content" or "reasoning_content" or "reasoning" or "thinking" or "thought" || (path.StartsWith("content.", StringComparison.Ordinal) && !path.EndsWith(".type", StringComparison.Ordinal));
        }

        string[] parts = path.Split('.');
        int at = parts.Length > 2 && parts[2] == "function" ? 3 : 2;
        return parts.Length > at && (parts[at] is "arguments" or "parameters" || (parts[at] == "name" && parts.Length == at + 1));
    }

    private static string Shorten(string path)
    {
        if (path.StartsWith("tool_calls.", StringComparison.Ordinal))
        {
            return path.Replace(".function.", ".", StringComparison.Ordinal);
        }

        return path.StartsWith("content.", StringComparison.Ordinal) && path.EndsWith(".text", StringComparison.Ordinal) ? path[..^".text".Length] : path;
    }
}
