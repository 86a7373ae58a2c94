namespace LongAlign.Data;

/// <summary>Rounds of <c>[INST] question [/INST] answer</c>: Llama 2 and Mistral.</summary>
/// <param name="name">The template's name.</param>
internal sealed class InstTemplate(string name) : ChatTemplate(name)
{
    private const string Begin = "<s>";
    private const string Open = "[INST]";
    private const string Close = "[/INST]";

    /// <summary>Whether every round is a separate sequence, and the system message stands between <c>&lt;&lt;SYS&gt;&gt;</c>: Llama 2.</summary>
    public bool BeginsEveryRound { get; init; }

    /// <summary>Whether a space stands around an answer; otherwise SentencePiece's own stands before it.</summary>
    public bool IsSpaced { get; init; }

    /// <summary>Whether the markers are special tokens.</summary>
    public bool HasSpecialMarkers { get; init; }

    public override bool BeginsWithPrefix => !BeginsEveryRound;

    public override IReadOnlyList<string> RequiredTokens => BeginsEveryRound ? [Begin] : HasSpecialMarkers ? [Open, Close] : [];

    public override IReadOnlyList<ChatSegment> Render(ChatConversation conversation)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        ThrowIfNotPlain(conversation);
        ConversationTurns.ThrowIfNotInTurn(conversation, $"the template {Name}", maySystem: true);
        IReadOnlyList<ChatMessage> messages = conversation.Messages;
        int first = messages[0].Role == ChatRoles.System ? 1 : 0;
        List<ChatSegment> segments = [];
        for (int i = first; i < messages.Count; i += 2)
        {
            string question = i == 1 ? WithSystem(messages[0].Content, messages[i].Content) : messages[i].Content;
            AddQuestion(segments, BeginsEveryRound ? question.Trim() : question);
            AddAnswer(segments, messages[i + 1].Content);
        }

        return segments;
    }

    internal override string ToJinja(JinjaFrame frame)
    {
        string space = HasSpecialMarkers ? frame.SpaceBehindSpecial : " ";
        string open = HasSpecialMarkers ? Open + space : BeginsEveryRound ? Begin + frame.SpaceBehindSpecial + Open + space : Open + space;
        string beforeOpen = HasSpecialMarkers || BeginsEveryRound || frame.SpaceBehindSpecial.Length == 0 ? "" : $"({BuiltInJinja.Quote(frame.Prefix.Length > 0 ? frame.SpaceBehindSpecial : "")} if loop.first else {BuiltInJinja.Quote(frame.SpaceBehindSpecial)}) ~ ";
        string system = BeginsEveryRound ? "'<<SYS>>\\n' ~ ns.system ~ '\\n<</SYS>>\\n\\n'" : "ns.system ~ '\\n\\n'";
        string trimmed = BeginsEveryRound ? "|trim" : "";
        string question = $"{beforeOpen}{BuiltInJinja.Quote(open)} ~ (({system} if ns.system is defined and loop.first else '') ~ {BuiltInJinja.Question}){trimmed} ~ {BuiltInJinja.Quote(HasSpecialMarkers ? Close : space + Close)}";
        string answer = IsSpaced
            ? $"((' ' ~ {BuiltInJinja.Question}|trim ~ ' ') if {BuiltInJinja.Question} else '') ~ {BuiltInJinja.Quote(frame.End)}"
            : BuiltInJinja.Answer(BuiltInJinja.Question, HasSpecialMarkers ? frame.SpaceBehindSpecial : frame.SpaceWithin, frame.End);
        return "{%- set ns = namespace() -%}\n{%- if messages and messages[0]['role'] == 'system' -%}\n{%- set ns.system = messages[0]['content'] -%}\n{%- set messages = messages[1:] -%}\n{%- endif -%}\n"
            + BuiltInJinja.Rounds(frame.Prefix, question, answer);
    }

    private string WithSystem(string system, string question)
        => BeginsEveryRound ? $"<<SYS>>\n{system}\n<</SYS>>\n\n{question}" : $"{system}\n\n{question}";

    private void AddQuestion(List<ChatSegment> segments, string question)
    {
        if (BeginsEveryRound)
        {
            segments.Add(ChatSegment.Special(Begin));
        }

        if (HasSpecialMarkers)
        {
            segments.AddRange(ChatSegment.Special(Open), new ChatSegment(question), ChatSegment.Special(Close));
        }
        else
        {
            segments.Add(new ChatSegment(question, $"{Open} ", $" {Close}"));
        }
    }

    private void AddAnswer(List<ChatSegment> segments, string answer)
        => segments.Add(IsSpaced && answer.Length > 0 ? new ChatSegment(answer.Trim(), " ", " ") { IsAnswer = true, Continues = true } : ChatSegment.Answer(answer));
}
