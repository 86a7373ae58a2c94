using LongAlign.Models.Generation;
using Microsoft.Extensions.AI;

namespace LongAlign.Chat;

/// <summary>Checks that a local model supports every option of a request.</summary>
internal static class LocalChatRequest
{
    public static void ThrowIfNotSupported(ChatOptions? options, string modelId)
    {
        string? refused = options switch
        {
            null => null,
            { Tools: [var tool, ..] } => $"the tool '{tool.Name}'",
            { ResponseFormat: not (null or ChatResponseFormatText) } => "a response format other than text",
            { FrequencyPenalty: not (null or 0) } => "a frequency penalty",
            { PresencePenalty: not (null or 0) } => "a presence penalty",
            { ConversationId: not null } => "a conversation that the client remembers",
            { ModelId: { } id } when id != modelId => $"the model '{id}': it is '{modelId}'",
            _ => null,
        };
        if (refused is not null)
        {
            throw new NotSupportedException($"A local model can't take {refused}.");
        }
    }

    /// <summary>The messages for the template; instructions and system messages go before all others, or in front of the first question where the template has no place for them.</summary>
    public static IReadOnlyList<Data.ChatMessage> MessagesOf(IEnumerable<ChatMessage> messages, ChatOptions? options, bool hasSystem)
    {
        List<string> system = options?.Instructions is { Length: > 0 } instructions ? [instructions] : [];
        List<Data.ChatMessage> rest = [];
        foreach (ChatMessage message in messages)
        {
            if (message.Contents.FirstOrDefault(content => content is not TextContent) is { } other)
            {
                throw new NotSupportedException($"A local model reads text alone; a message has {other.GetType().Name}.");
            }

            if (message.Role == ChatRole.System)
            {
                system.Add(message.Text);
            }
            else
            {
                rest.Add(new Data.ChatMessage(message.Role.Value, message.Text));
            }
        }

        if (system.Count > 0 && hasSystem)
        {
            rest.Insert(0, new Data.ChatMessage("system", string.Join('\n', system)));
        }
        else if (system.Count > 0 && rest.Count > 0)
        {
            rest[0] = rest[0] with { Content = string.Join('\n', [.. system, rest[0].Content]) };
        }

        return rest;
    }

    public static GenerationOptions GenerationOf(ChatOptions? options, GenerationOptions defaults)
        => options is null ? defaults : defaults with
        {
            MaxNewTokens = options.MaxOutputTokens ?? defaults.MaxNewTokens,
            Temperature = options.Temperature ?? defaults.Temperature,
            TopP = options.TopP ?? defaults.TopP,
            TopK = options.TopK ?? defaults.TopK,
            Seed = options.Seed is { } seed ? unchecked((ulong)seed) : defaults.Seed,
        };
}
