namespace LongAlign.Data;

/// <summary>A conversation and where it came from.</summary>
/// <param name="Messages">The messages in order.</param>
/// <param name="Source">File and line, or another name that errors and reports give.</param>
public sealed record ChatConversation(IReadOnlyList<ChatMessage> Messages, string Source);
