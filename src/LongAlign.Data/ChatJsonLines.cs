using System.Text;
using System.Text.Json;

namespace LongAlign.Data;

/// <summary>
/// Chats as JSON Lines: on each line <c>{"messages":[{"role":"user","content":"…"},{"role":"assistant","content":"…"}]}</c>. Other properties
/// are ignored, and so are empty lines.
/// </summary>
public static class ChatJsonLines
{
    private const char ByteOrderMark = '\uFEFF';

    private static readonly string[] Roles = ["system", "user", "assistant"];
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly JsonDocumentOptions NoDuplicates = new() { AllowDuplicateProperties = false };

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
        // Latin-1 keeps every byte as it is, so that one that is not UTF-8 is found in its own line.
        using StreamReader reader = new(path, Encoding.Latin1, detectEncodingFromByteOrderMarks: false);
        for (int number = 1; reader.ReadLine() is { } bytes; number++)
        {
            string source = $"{path}({number})";
            string line = Decode(bytes, source);
            if (number == 1)
            {
                line = line.TrimStart(ByteOrderMark);
            }

            if (!string.IsNullOrWhiteSpace(line))
            {
                yield return Parse(line, source);
            }
        }
    }

    private static string Decode(string bytes, string source)
    {
        try
        {
            return Utf8.GetString(Encoding.Latin1.GetBytes(bytes));
        }
        catch (DecoderFallbackException e)
        {
            throw new ChatDataException($"{source}: the line is not UTF-8: {e.Message}", e);
        }
    }

    private static ChatConversation Parse(string line, string source)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line, NoDuplicates);
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("messages", out JsonElement messages) || messages.ValueKind != JsonValueKind.Array)
            {
                throw new ChatDataException($"{source}: there is no array 'messages'; expected {{\"messages\":[{{\"role\":…,\"content\":…}},…]}}.");
            }

            return new ChatConversation([.. messages.EnumerateArray().Select((message, i) => ParseMessage(message, $"{source}: message {i}"))], source);
        }
        catch (JsonException e)
        {
            throw new ChatDataException($"{source}: the line is not JSON; expected one whole conversation a line, and every name once: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            throw new ChatDataException($"{source}: a text is no Unicode; expected surrogates in pairs: {e.Message}", e);
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
                : throw new ChatDataException($"{where} has no text '{name}'; expected {{\"role\":…,\"content\":…}}, both strings.");
    }
}
