using System.Collections.ObjectModel;
using System.Text.Json;

namespace LongAlign.Data;

/// <summary>A conversation and where it came from.</summary>
/// <param name="Messages">The messages in order.</param>
/// <param name="Source">File and line, or another name that errors and reports give.</param>
public sealed record ChatConversation(IReadOnlyList<ChatMessage> Messages, string Source)
{
    /// <summary>Gets the tools that the assistant may call: a list of JSON schemas, as chat templates see it.</summary>
    /// <value>Null by default: there are none.</value>
    public JsonElement? Tools { get; init; }

    /// <summary>Gets text that is learned without a template, in the place of messages.</summary>
    /// <value>Null by default.</value>
    public PlainText? Text { get; init; }

    /// <summary>Gets further variables for the template, for example <c>enable_thinking</c>; they go before those of the template's own options.</summary>
    /// <value>Empty by default.</value>
    public IReadOnlyDictionary<string, JsonElement> Variables { get; init; } = ReadOnlyDictionary<string, JsonElement>.Empty;
}
