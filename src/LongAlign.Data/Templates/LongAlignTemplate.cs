using System.Text.RegularExpressions;

namespace LongAlign.Data;

/// <summary>Rounds of a question and an answer, laid together with empty lines.</summary>
/// <param name="name">The template's name.</param>
/// <param name="around">Returns the texts before and behind a question, given the round's number (from 1).</param>
/// <param name="isReference">Whether to follow the reference implementation's quirks.</param>
internal sealed partial class LongAlignTemplate(string name, Func<int, (string Before, string After)> around, bool isReference) : ChatTemplate(name, isReference)
{
    private const string Separator = "\n\n";

    public static (string Before, string After) LlamaRound(int round) => ("[INST]", "[/INST]");

    public static (string Before, string After) ChatGlmRound(int round) => ($"[Round {round}]\n\n问：", "\n\n答：");

    public override bool HasSystemMessages => false;

    public override IReadOnlyList<ChatSegment> Render(ChatConversation conversation)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        IReadOnlyList<ChatMessage> messages = conversation.Messages;
        ThrowIfNotPlain(conversation);
        if (!IsReference)
        {
            ConversationTurns.ThrowIfNotInTurn(conversation, "the LongAlign templates", maySystem: false);
        }

        List<ChatSegment> segments = [];
        for (int i = 0; i + 1 < messages.Count; i += 2)
        {
            (string before, string after) = around((i / 2) + 1);
            segments.Add(new ChatSegment(Content(messages[i]), i == 0 ? before : Separator + before, after));
            segments.Add(ChatSegment.Answer(Content(messages[i + 1])));
        }

        return segments;
    }

    internal override string ToJinja(JinjaFrame frame)
    {
        // The number of a round is the template's own.
        const string Number = "\u0001";
        (string before, string after) = around(1);
        string begin = BuiltInJinja.Quote(before.Replace("1", Number, StringComparison.Ordinal)).Replace(Number, "' ~ (loop.index0 // 2 + 1) ~ '", StringComparison.Ordinal);
        string first = BuiltInJinja.Quote(frame.Prefix.Length > 0 ? frame.SpaceBehindSpecial : "");
        string separator = $"({first} if loop.first else {BuiltInJinja.Quote(frame.SpaceBehindSpecial + Separator)})";
        return BuiltInJinja.Rounds(
            frame.Prefix, $"{separator} ~ {begin} ~ {BuiltInJinja.Question} ~ {BuiltInJinja.Quote(after)}", BuiltInJinja.Answer(BuiltInJinja.Question, frame.SpaceWithin, frame.End));
    }

    /// <summary>The reference removes zero-width characters from messages of the assistant, wherever these stand; it breaks emoji and Persian.</summary>
    private string Content(ChatMessage message)
        => IsReference && message.Role == "assistant" ? ZeroWidth().Replace(message.Content, "") : message.Content;

    [GeneratedRegex("[\u200B\u200C\u200D\uFEFF]")]
    private static partial Regex ZeroWidth();
}
