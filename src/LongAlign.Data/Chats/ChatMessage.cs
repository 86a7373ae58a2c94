using System.Collections.ObjectModel;
using System.Text.Json;

namespace LongAlign.Data;

/// <summary>One message of a conversation.</summary>
/// <param name="Role"><c>system</c>, <c>developer</c>, <c>user</c>, <c>assistant</c> or <c>tool</c>.</param>
/// <param name="Content">The text; may be empty.</param>
public sealed record ChatMessage(string Role, string Content)
{
    /// <summary>The fields in which thoughts stand.</summary>
    internal static readonly string[] ThoughtFields = ["reasoning_content", "reasoning", "thinking"];

    /// <summary>
    /// Gets what else the message has, as chat templates see it: <c>tool_calls</c>, <c>reasoning_content</c>, <c>name</c>, <c>tool_call_id</c>.
    /// A <c>content</c> here, for example a list of parts or null, stands in the place of <see cref="Content"/>.
    /// </summary>
    /// <value>Empty by default. Only the models' own templates have a place for it; the built-in ones refuse it.</value>
    public IReadOnlyDictionary<string, JsonElement> Fields { get; init; } = ReadOnlyDictionary<string, JsonElement>.Empty;

    /// <summary>Gets whether an assistant's message is learned; otherwise it is context for what comes behind it.</summary>
    /// <value>True by default. Of other roles nothing is learned, whatever it says.</value>
    public bool IsLearned { get; init; } = true;
}
