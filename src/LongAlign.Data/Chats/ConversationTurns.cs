namespace LongAlign.Data;

/// <summary>The turns of a conversation: a user's message and what follows up to the next.</summary>
internal static class ConversationTurns
{
    /// <summary>For each turn with something to learn the conversation up to its end, in which that turn alone is learned.</summary>
    public static IEnumerable<ChatConversation> Of(ChatConversation conversation)
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
}
