namespace LongAlign.Data;

/// <summary>The turns of a conversation: a user's message and what follows up to the next.</summary>
internal static class ConversationTurns
{
    /// <summary>Returns, for each turn with something to learn, the conversation up to its end, in which that turn alone is learned.</summary>
    public static IEnumerable<ChatConversation> Split(ChatConversation conversation)
    {
        IReadOnlyList<ChatMessage> messages = conversation.Messages;
        int start = 0;
        for (int end = 1, turn = 1; end <= messages.Count; end++)
        {
            if (end < messages.Count && !(messages[end].Role == ChatRoles.User && messages[end - 1].Role != ChatRoles.User))
            {
                continue;
            }

            if (messages.Take(start..end).Any(message => message is { Role: ChatRoles.Assistant, IsLearned: true }))
            {
                int first = start;
                yield return conversation with
                {
                    Source = $"{conversation.Source}, turn {turn}",
                    Messages = [.. messages.Take(end).Select((message, i) => i < first && message.Role == ChatRoles.Assistant ? message with { IsLearned = false } : message)],
                };
                turn++;
            }

            start = end;
        }
    }

    /// <summary>Lays messages of the same role that follow one another together; those with more than text stay as they are.</summary>
    public static ChatConversation Merge(ChatConversation conversation)
    {
        List<ChatMessage> messages = [];
        foreach (ChatMessage message in conversation.Messages)
        {
            if (messages.Count > 0 && messages[^1] is { Fields.Count: 0 } before && message.Fields.Count == 0 && (before.Role, before.IsLearned) == (message.Role, message.IsLearned))
            {
                messages[^1] = before with { Content = $"{before.Content}\n\n{message.Content}" };
            }
            else
            {
                messages.Add(message);
            }
        }

        return messages.Count == conversation.Messages.Count ? conversation : conversation with { Messages = messages };
    }

    /// <summary>Throws where the messages are not a system message, if one may be there, and then user and assistant in turn, with an answer at the end.</summary>
    /// <param name="conversation">The conversation.</param>
    /// <param name="templates">Whose rule it is, for the message.</param>
    /// <param name="maySystem">Whether it may begin with a system message.</param>
    /// <exception cref="ChatDataException">They are not; the message names file and line.</exception>
    public static void ThrowIfNotInTurn(ChatConversation conversation, string templates, bool maySystem)
    {
        IReadOnlyList<ChatMessage> messages = conversation.Messages;
        int first = maySystem && messages.Count > 0 && messages[0].Role == ChatRoles.System ? 1 : 0;
        for (int i = first; i < messages.Count; i++)
        {
            string expected = (i - first) % 2 == 0 ? ChatRoles.User : ChatRoles.Assistant;
            if (messages[i].Role != expected)
            {
                throw new ChatDataException(
                    conversation.Source,
                    "roles not in turn",
                    $"message {i} is of the role '{messages[i].Role}'; {templates} take {(maySystem ? "a system message and then " : "")}user and assistant in turn, and '{expected}' was expected.");
            }
        }

        if (messages.Count == first || (messages.Count - first) % 2 != 0)
        {
            throw new ChatDataException(
                conversation.Source, "no answer at the end", $"there are {messages.Count} messages; expected a conversation that ends with an answer.");
        }
    }
}
