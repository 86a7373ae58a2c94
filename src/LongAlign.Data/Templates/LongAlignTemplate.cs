using System.Text.RegularExpressions;

namespace LongAlign.Data;

/// <summary>Rounds of a question and an answer, laid together with empty lines.</summary>
/// <param name="name">The template's name.</param>
/// <param name="prompt">The text before an answer, from the round's number (from 1) and the question.</param>
/// <param name="isReference">Whether to follow the reference implementation's quirks.</param>
internal sealed partial class LongAlignTemplate(string name, Func<int, string, string> prompt, bool isReference) : ChatTemplate(name, isReference)
{
    private const string Separator = "\n\n";

    public static string LlamaRound(int round, string question) => $"[INST]{question}[/INST]";

    public static string ChatGlmRound(int round, string question) => $"[Round {round}]\n\n问：{question}\n\n答：";

    public override IReadOnlyList<ChatSegment> Render(ChatConversation conversation)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        IReadOnlyList<ChatMessage> messages = conversation.Messages;
        if (!IsReference)
        {
            MessageTurns.ThrowIfNotInTurn(conversation, "the LongAlign templates", maySystem: false);
        }

        List<ChatSegment> segments = [];
        for (int i = 0; i + 1 < messages.Count; i += 2)
        {
            string text = prompt((i / 2) + 1, Content(messages[i]));
            segments.Add(new ChatSegment(i == 0 ? text : Separator + text, IsAnswer: false));
            segments.Add(new ChatSegment(Content(messages[i + 1]), IsAnswer: true));
        }

        return segments;
    }

    /// <summary>The reference removes zero-width characters from messages of the assistant, wherever these stand; it breaks emoji and Persian.</summary>
    private string Content(ChatMessage message)
        => IsReference && message.Role == "assistant" ? ZeroWidth().Replace(message.Content, "") : message.Content;

    [GeneratedRegex("[\u200B\u200C\u200D\uFEFF]")]
    private static partial Regex ZeroWidth();
}
