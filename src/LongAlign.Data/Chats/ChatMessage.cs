namespace LongAlign.Data;

/// <summary>One message of a conversation.</summary>
/// <param name="Role"><c>system</c>, <c>user</c> or <c>assistant</c>.</param>
/// <param name="Content">The text; may be empty.</param>
public sealed record ChatMessage(string Role, string Content);
