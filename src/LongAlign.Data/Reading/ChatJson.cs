using System.Text.Encodings.Web;
using System.Text.Json;

namespace LongAlign.Data;

/// <summary>Writes conversations as JSON, in the form in which they are read.</summary>
internal static class ChatJson
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a conversation as one line, without its end.</summary>
    public static void Write(Stream stream, ChatConversation conversation)
    {
        using Utf8JsonWriter json = new(stream, Readable);
        json.WriteStartObject();
        if (conversation.Text is { } text)
        {
            json.WriteString("prompt", text.Prompt);
            json.WriteString("completion", text.Completion);
        }
        else
        {
            json.WriteStartArray("messages");
            foreach (ChatMessage message in conversation.Messages)
            {
                Write(json, message);
            }

            json.WriteEndArray();
        }

        if (conversation.Tools is { } tools)
        {
            json.WritePropertyName("tools");
            tools.WriteTo(json);
        }

        if (conversation.Variables.Count > 0)
        {
            json.WriteStartObject("chat_template_kwargs");
            Write(json, conversation.Variables);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ChatMessage message)
    {
        json.WriteStartObject();
        json.WriteString("role", message.Role);
        if (!message.Fields.ContainsKey("content"))
        {
            json.WriteString("content", message.Content);
        }

        Write(json, message.Fields);
        if (!message.IsLearned)
        {
            json.WriteBoolean("train", false);
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, IReadOnlyDictionary<string, JsonElement> values)
    {
        foreach ((string name, JsonElement value) in values)
        {
            json.WritePropertyName(name);
            value.WriteTo(json);
        }
    }
}
