namespace LongAlign.Data;

/// <summary>Finds what a template makes nothing of: where it came from, every character of the text knows.</summary>
internal static class MissingParts
{
    private const string ThoughtsBegin = "<think>";
    private const string ThoughtsEnd = "</think>";

    /// <summary>Looks for what is missing in the text.</summary>
    /// <returns>The messages of the assistant before the last turn whose thoughts are missing; that is usual.</returns>
    /// <exception cref="ChatDataException">Something else is missing: the template has no place for it.</exception>
    public static List<int> Find(RenderedChat chat, ChatConversation conversation, string template)
    {
        IReadOnlyList<ChatMessage> messages = conversation.Messages;
        HashSet<(int Message, string Path)> there = [];
        foreach ((MessagePart part, _, _) in chat.Parts())
        {
            there.Add((part.Message, Root(part.Path)));
        }

        if (conversation.Tools is not null && !there.Contains((-1, "tools")))
        {
            throw Missing("'tools'");
        }

        List<int> withoutThoughts = [];
        int lastQuestion = messages.Count - 1;
        while (lastQuestion > 0 && messages[lastQuestion].Role != ChatRoles.User)
        {
            lastQuestion--;
        }

        for (int m = 0; m < messages.Count; m++)
        {
            ChatMessage message = messages[m];
            if (!message.Fields.ContainsKey("content") && !string.IsNullOrWhiteSpace(message.Content) && !there.Contains((m, "content")))
            {
                throw Missing($"the text of message {m}, of the role '{message.Role}'");
            }

            int calls = message.Fields.TryGetValue("tool_calls", out System.Text.Json.JsonElement list) && list.ValueKind == System.Text.Json.JsonValueKind.Array ? list.GetArrayLength() : 0;
            for (int call = 0; call < calls; call++)
            {
                if (!there.Contains((m, $"tool_calls.{call}")))
                {
                    throw Missing($"'tool_calls' of message {m}");
                }
            }

            string? field = ChatMessage.ThoughtFields.FirstOrDefault(name => message.Fields.TryGetValue(name, out System.Text.Json.JsonElement thoughts)
                && thoughts.ValueKind == System.Text.Json.JsonValueKind.String && !string.IsNullOrWhiteSpace(thoughts.GetString()) && !there.Contains((m, name)));
            if (field is null && !IsMissingThoughts(chat, message, m))
            {
                continue;
            }

            withoutThoughts.Add(m < lastQuestion ? m : throw Missing(field is null ? $"the thoughts in the text of message {m}" : $"'{field}' of message {m}"));
        }

        return withoutThoughts;

        ChatDataException Missing(string what)
            => new(conversation.Source, "no place in the template", $"the template {template} has no place for {what}: nothing of it is in the text that it makes.");
    }

    /// <summary>Whether thoughts that stand in an answer's text are not rendered, while the rest may be.</summary>
    private static bool IsMissingThoughts(RenderedChat chat, ChatMessage message, int index)
    {
        int end = message.Role == ChatRoles.Assistant ? message.Content.IndexOf(ThoughtsEnd, StringComparison.Ordinal) : -1;
        if (end < 0)
        {
            return false;
        }

        int begin = message.Content.LastIndexOf(ThoughtsBegin, end, StringComparison.Ordinal) is >= 0 and var at ? at + ThoughtsBegin.Length : 0;
        return !string.IsNullOrWhiteSpace(message.Content[begin..end])
            && !chat.Parts().Any(run => run.Part is { Path: "content" } && run.Part.Message == index && run.Start < end && run.End > begin);
    }

    /// <summary>The part without what is below it, of calls with their number.</summary>
    private static string Root(string path)
    {
        int end = path.IndexOf('.', StringComparison.Ordinal);
        if (end >= 0 && path.StartsWith("tool_calls.", StringComparison.Ordinal))
        {
            end = path.IndexOf('.', end + 1);
        }

        return end < 0 ? path : path[..end];
    }
}
