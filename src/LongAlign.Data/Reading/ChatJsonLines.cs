using System.Text.Encodings.Web;
using System.Text.Json;
using LongAlign.Native;

namespace LongAlign.Data;

/// <summary>
/// Chats as JSON: a row on each line, or the items of an array. A row is <c>{"messages":[{"role":"user","content":"…"},…]}</c>, ShareGPT's
/// <c>{"conversations":[{"from":"human","value":"…"},…]}</c>, prompt and completion, instruction and output, or text. Empty lines are passed over.
/// Names that end with <c>.gz</c> or <c>.zst</c> are compressed.
/// </summary>
public static class ChatJsonLines
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads conversations one by one.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The conversations, read as they are asked for.</returns>
    /// <exception cref="ChatDataException">A line is not what is expected; the message names file and line.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static IEnumerable<ChatConversation> Read(string path)
    {
        ChatFile.ThrowIfMissing(path);
        return new ChatDataset(ChatSource.OfFiles([path], [], new ChatReadingOptions()));
    }

    /// <summary>Writes conversations; the file appears when it is whole, and takes the place of one that was there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="conversations">Enumerated once.</param>
    /// <returns>The conversations written.</returns>
    /// <exception cref="IOException">The file can't be written.</exception>
    public static long Write(string path, IEnumerable<ChatConversation> conversations)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(conversations);
        using AtomicFiles files = new();
        long count = 0;
        using (Stream stream = CompressedFile.Compress(files.Create(path), path))
        {
            foreach (ChatConversation conversation in conversations)
            {
                Write(stream, conversation);
                stream.WriteByte((byte)'\n');
                count++;
            }
        }

        files.Commit();
        return count;
    }

    /// <summary>Writes a conversation as one line, without its end.</summary>
    private static void Write(Stream stream, ChatConversation conversation)
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
