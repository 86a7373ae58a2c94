namespace LongAlign.Data;

/// <summary>The part of a conversation that is learned.</summary>
public enum LossOn
{
    /// <summary>All messages of the assistant, but for those that are not <see cref="ChatMessage.IsLearned"/>.</summary>
    AllAssistant,

    /// <summary>The last message of the assistant alone.</summary>
    LastAssistant,

    /// <summary>Every token, questions, results of tools and the template's own text included, but for messages of the assistant that are not <see cref="ChatMessage.IsLearned"/>.</summary>
    Everything,
}
