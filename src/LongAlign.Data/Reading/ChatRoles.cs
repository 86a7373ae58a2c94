using System.Collections.Frozen;

namespace LongAlign.Data;

/// <summary>The roles of messages, by the names that data sets use for them.</summary>
internal static class ChatRoles
{
    public const string System = "system";
    public const string User = "user";
    public const string Assistant = "assistant";

    /// <summary>ShareGPT's names and the usual ones.</summary>
    private static readonly FrozenDictionary<string, string> ShareGpt = new Dictionary<string, string>
    {
        ["human"] = User,
        ["gpt"] = Assistant,
        ["chatgpt"] = Assistant,
        ["bing"] = Assistant,
        ["bard"] = Assistant,
        [User] = User,
        [Assistant] = Assistant,
        [System] = System,
    }.ToFrozenDictionary();

    private static readonly FrozenSet<string> Tools = FrozenSet.Create("tool", "function", "function_call", "observation", "ipython", "tool_call", "tool_response");

    /// <summary>A message, if its role is known and its content is wanted.</summary>
    /// <exception cref="ChatDataException">It is not.</exception>
    public static ChatMessage Check(string role, Func<string> content, int index, string source, ChatReadingOptions options, bool isShareGpt = false)
    {
        if (Tools.Contains(role))
        {
            throw ToolMessage(source, index, $"has the role '{role}'");
        }

        string known = isShareGpt && ShareGpt.TryGetValue(role, out string? name) ? name : role;
        if (known is not (System or User or Assistant))
        {
            string expected = isShareGpt ? "human, gpt, system" : "system, user, assistant";
            throw new ChatDataException(source, "unknown role", $"message {index} has the role '{role}'; expected one of {expected}.");
        }

        string text = content();
        return text.Length > 0 || !options.RefuseEmptyContent
            ? new ChatMessage(known, text)
            : throw new ChatDataException(source, "empty content", $"message {index} of the role '{known}' is empty; expected text.");
    }

    public static ChatDataException ToolMessage(string source, int index, string what)
        => new(source, "tool message", $"message {index} {what}; tools are not supported, expected system, user and assistant alone.");
}
