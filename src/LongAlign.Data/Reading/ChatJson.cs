using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LongAlign.Data;

/// <summary>A conversation as JSON: <c>messages</c> with role and content, or ShareGPT's <c>conversations</c> with from and value.</summary>
internal static class ChatJson
{
    private const string Expected = "expected {\"messages\":[{\"role\":…,\"content\":…},…]}";

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly JsonDocumentOptions NoDuplicates = new() { AllowDuplicateProperties = false };
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads a line.</summary>
    /// <exception cref="ChatDataException">The line is no conversation.</exception>
    public static ChatConversation Parse(ReadOnlyMemory<byte> line, string source, ChatReadingOptions options)
    {
        ThrowIfNotUtf8(line.Span, source);
        try
        {
            using JsonDocument document = JsonDocument.Parse(line, NoDuplicates);
            JsonElement root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("messages", out JsonElement messages) && messages.ValueKind == JsonValueKind.Array)
            {
                return new ChatConversation(Read(messages, "role", "content", source, options), source);
            }

            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("conversations", out messages) && messages.ValueKind == JsonValueKind.Array)
            {
                return new ChatConversation(ReadArray(messages, source, options), source);
            }
        }
        catch (JsonException e)
        {
            throw new ChatDataException(source, "not JSON", $"the line is not JSON; expected one whole conversation a line, and every name once: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            throw new ChatDataException(source, "not Unicode", $"a text is no Unicode; expected surrogates in pairs: {e.Message}", e);
        }

        throw new ChatDataException(source, "no messages", $"there is no array 'messages', nor 'conversations'; {Expected}.");
    }

    /// <summary>Reads an array of messages in either form, as a column of text may hold it.</summary>
    /// <exception cref="ChatDataException">The text is no such array.</exception>
    public static IReadOnlyList<ChatMessage> ParseArray(string json, string source, ChatReadingOptions options)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, NoDuplicates);
            return document.RootElement.ValueKind == JsonValueKind.Array
                ? ReadArray(document.RootElement, source, options)
                : throw new ChatDataException(source, "no messages", "the text is no array of messages; expected [{\"role\":…,\"content\":…},…].");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new ChatDataException(source, "not JSON", $"the text is not JSON; expected [{{\"role\":…,\"content\":…}},…]: {e.Message}", e);
        }
    }

    /// <summary>Writes a conversation as one line, without its end.</summary>
    public static void Write(Stream stream, ChatConversation conversation, bool withSource = false)
    {
        using Utf8JsonWriter json = new(stream, Readable);
        json.WriteStartObject();
        if (withSource)
        {
            json.WriteString("source", conversation.Source);
        }

        json.WriteStartArray("messages");
        foreach (ChatMessage message in conversation.Messages)
        {
            json.WriteStartObject();
            json.WriteString("role", message.Role);
            json.WriteString("content", message.Content);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static ChatMessage[] ReadArray(JsonElement messages, string source, ChatReadingOptions options)
        => messages.GetArrayLength() > 0 && messages[0].ValueKind == JsonValueKind.Object && messages[0].TryGetProperty("from", out _)
            ? Read(messages, "from", "value", source, options)
            : Read(messages, "role", "content", source, options);

    private static ChatMessage[] Read(JsonElement messages, string role, string content, string source, ChatReadingOptions options)
        => [.. messages.EnumerateArray().Select((message, i) => ReadMessage(message, i, role, content, source, options))];

    private static ChatMessage ReadMessage(JsonElement message, int index, string role, string content, string source, ChatReadingOptions options)
    {
        string name = Text(role);
        return message.TryGetProperty("tool_calls", out JsonElement calls) && calls.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined)
            ? throw ChatRoles.ToolMessage(source, index, "calls a tool")
            : ChatRoles.Check(name, () => Text(content), index, source, options, isShareGpt: role == "from");

        string Text(string name)
            => message.ValueKind == JsonValueKind.Object && message.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
                ? value.GetString()!
                : throw new ChatDataException(
                    source, $"no {name}", $"message {index} has no text '{name}'; expected {{\"{role}\":…,\"{content}\":…}}, both strings.");
    }

    private static void ThrowIfNotUtf8(ReadOnlySpan<byte> line, string source)
    {
        if (System.Text.Unicode.Utf8.IsValid(line))
        {
            return;
        }

        try
        {
            Utf8.GetCharCount(line);
        }
        catch (DecoderFallbackException e)
        {
            throw new ChatDataException(source, "not UTF-8", $"the line is not UTF-8: {e.Message}", e);
        }
    }
}
