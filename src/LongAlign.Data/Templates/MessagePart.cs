namespace LongAlign.Data;

/// <summary>The place of a text in a conversation.</summary>
/// <param name="Message">The message; -1 for tools and variables.</param>
/// <param name="Path">The part of the message: <c>content</c>, <c>content.0</c>, <c>reasoning_content</c>, <c>tool_calls.0.arguments.city</c>.</param>
/// <param name="IsAnswer">Whether the assistant says it.</param>
internal sealed record MessagePart(int Message, string Path, bool IsAnswer);
