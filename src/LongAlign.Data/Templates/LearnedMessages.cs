namespace LongAlign.Data;

/// <summary>Selects the messages of a conversation that are learned.</summary>
internal static class LearnedMessages
{
    /// <summary>Returns for each message whether it is the assistant's and learned.</summary>
    public static bool[] Of(ChatConversation conversation, LossOn loss)
    {
        IReadOnlyList<ChatMessage> messages = conversation.Messages;
        bool[] learned = [.. messages.Select(message => message is { Role: ChatRoles.Assistant, IsLearned: true })];
        if (loss == LossOn.LastAssistant)
        {
            int last = messages.Count - 1;
            while (last > 0 && messages[last].Role != ChatRoles.Assistant)
            {
                last--;
            }

            learned.AsSpan(0, Math.Max(0, last)).Clear();
        }

        return learned;
    }

    private static bool AreAllLearned(IReadOnlyList<ChatMessage> messages)
    {
        for (int i = 0; i < messages.Count; i++)
        {
            if (!messages[i].IsLearned)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Marks segments of a template that says which of them are answers, one for each message of the assistant.</summary>
    /// <exception cref="ChatDataException">Some answers are not to be learned, and which segments they are can't be told.</exception>
    public static IReadOnlyList<ChatSegment> Mark(IReadOnlyList<ChatSegment> segments, ChatConversation conversation, LossOn loss, string template)
    {
        if (loss == LossOn.AllAssistant && AreAllLearned(conversation.Messages))
        {
            return segments;
        }

        bool[] learned = Of(conversation, loss);
        bool[] answers = [.. learned.Where((_, i) => conversation.Messages[i].Role == ChatRoles.Assistant)];
        bool isAll = Array.TrueForAll(answers, isLearned => isLearned);
        if (isAll && loss != LossOn.Everything)
        {
            return segments;
        }

        int count = segments.Count(segment => segment.IsAnswer);
        if (!isAll && count != answers.Length)
        {
            throw new ChatDataException(
                conversation.Source, "loss by message", $"the template {template} renders {count} answers of {answers.Length} messages of the assistant; expected one of each, as not all are to be learned.");
        }

        int answer = 0;
        return [.. segments.Select(segment => segment.IsAnswer ? segment.WithTarget(isAll || answers[answer++]) : segment.WithTarget(segment.IsTarget || loss == LossOn.Everything))];
    }
}
