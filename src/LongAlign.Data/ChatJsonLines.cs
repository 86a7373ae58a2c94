using System.Text;
using System.Text.Json;

namespace LongAlign.Data;

/// <summary>
/// Chats as JSON Lines: on each line <c>{"messages":[{"role":"user","content":"…"},{"role":"assistant","content":"…"}]}</c>. Other properties
/// are ignored, and so are empty lines.
/// </summary>
public static class ChatJsonLines
{
    private static readonly string[] Roles = ["system", "user", "assistant"];

    /// <summary>Reads conversations one by one.</summary>
    /// <param name="path">The file, in UTF-8.</param>
    /// <returns>The conversations, read as they are asked for.</returns>
    /// <exception cref="ChatDataException">A line is not what is expected; the message names file and line.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static IEnumerable<ChatConversation> Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return File.Exists(path) ? ReadLines(path) : throw new FileNotFoundException($"There is no file {Path.GetFullPath(path)}.", path);
    }

    private static IEnumerable<ChatConversation> ReadLines(string path)
    {
        using StreamReader reader = new(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
        for (int number = 1; ReadLine(reader, path, number) is { } line; number++)
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                yield return Parse(line, $"{path}({number})");
            }
        }
    }

    private static string? ReadLine(StreamReader reader, string path, int number)
    {
        try
        {
            return reader.ReadLine();
        }
        catch (DecoderFallbackException e)
        {
            throw new ChatDataException($"{path}({number}) or a line soon after it is not UTF-8: {e.Message}", e);
        }
    }

    private static ChatConversation Parse(string line, string source)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("messages", out JsonElement messages) || messages.ValueKind != JsonValueKind.Array)
            {
                throw new ChatDataException($"{source}: there is no array 'messages'; expected {{\"messages\":[{{\"role\":…,\"content\":…}},…]}}.");
            }

            return new ChatConversation([.. messages.EnumerateArray().Select((message, i) => ParseMessage(message, $"{source}: message {i}"))], source);
        }
        catch (JsonException e)
        {
            throw new ChatDataException($"{source}: the line is not JSON: {e.Message}", e);
        }
    }

    private static ChatMessage ParseMessage(JsonElement message, string where)
    {
        string role = Text("role");
        return Roles.Contains(role)
            ? new ChatMessage(role, Text("content"))
            : throw new ChatDataException($"{where} has the role '{role}'; expected one of {string.Join(", ", Roles)}.");

        string Text(string name)
            => message.ValueKind == JsonValueKind.Object && message.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
                ? value.GetString()!
                : throw new ChatDataException($"{where} has no text '{name}'.");
    }
}
