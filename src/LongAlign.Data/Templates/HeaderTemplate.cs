namespace LongAlign.Data;

/// <summary>Messages with a header that names the role: Llama 3 and ChatML.</summary>
/// <param name="name">The template's name.</param>
/// <param name="tokens">Its tokens.</param>
internal sealed class HeaderTemplate(string name, HeaderTokens tokens) : ChatTemplate(name)
{
    private const string ThoughtsBegin = "<think>";
    private const string ThoughtsEnd = "</think>";

    private const string JinjaThoughts =
        """
        {%- if message['role'] == 'assistant' and '</think>' in content -%}
        {%- set answer = content.split('</think>')[-1].lstrip('\n') -%}
        {%- set content = ('<think>\n' ~ content.split('</think>')[0].split('<think>')[-1].strip('\n') ~ '\n</think>\n\n' ~ answer) if loop.last else answer -%}
        {%- elif message['role'] == 'assistant' and loop.last and content -%}
        {%- set content = '<think>\n\n</think>\n\n' ~ content.lstrip('\n') -%}
        {%- endif -%}

        """;

    public static HeaderTokens Llama3Tokens { get; } = new("<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "\n\n", "<|eot_id|>", "") { TrimsContent = true };

    public static HeaderTokens ChatMlTokens { get; } = new(null, "<|im_start|>", null, "\n", "<|im_end|>", "\n");

    /// <summary>Stands before every system message.</summary>
    public string SystemPrefix { get; init; } = "";

    /// <summary>Stands where a conversation has no system message.</summary>
    public string? DefaultSystem { get; init; }

    public bool HasThoughts { get; init; }

    public override bool BeginsWithPrefix => false;

    public override string EndOfTurn => tokens.End;

    public override IReadOnlyList<string> RequiredTokens { get; } = [.. new[] { tokens.Begin, tokens.Start, tokens.HeaderEnd, tokens.End }.OfType<string>()];

    internal override ChatConversation Fit(ChatConversation conversation)
    {
        ChatConversation fitting = base.Fit(conversation);
        return HasThoughts ? fitting with { Messages = [.. fitting.Messages.Select(WithThoughts)] } : fitting;
    }

    public override IReadOnlyList<ChatSegment> Render(ChatConversation conversation)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        ThrowIfNotPlain(conversation);
        ConversationTurns.ThrowIfNotInTurn(conversation, $"the template {Name}", maySystem: true);
        List<ChatSegment> segments = tokens.Begin is null ? [] : [ChatSegment.Special(tokens.Begin)];
        IReadOnlyList<ChatMessage> messages = conversation.Messages;
        if (messages[0].Role != ChatRoles.System && DefaultSystem is not null)
        {
            Add(segments, new ChatMessage(ChatRoles.System, DefaultSystem), isLast: false);
        }

        for (int i = 0; i < messages.Count; i++)
        {
            Add(segments, messages[i], isLast: i == messages.Count - 1);
        }

        return segments;
    }

    internal override string ToJinja(JinjaFrame frame)
    {
        string space = frame.SpaceBehindSpecial;
        string start = tokens.Start + space;
        string headerEnd = (tokens.HeaderEnd is null ? "" : tokens.HeaderEnd + space) + tokens.BehindHeader;
        string header = $"{BuiltInJinja.Quote(start)} ~ message['role'] ~ {BuiltInJinja.Quote(headerEnd)}";
        string content = tokens.TrimsContent ? BuiltInJinja.Question + "|trim" : BuiltInJinja.Question;
        string end = tokens.End + (tokens.BehindMessage.Length > 0 ? space + tokens.BehindMessage : "");
        string behind = BuiltInJinja.Quote(end);
        string system = DefaultSystem is null ? "" :
            "{%- if not messages or messages[0]['role'] != 'system' -%}\n"
            + BuiltInJinja.Text($"{start}system{headerEnd}{SystemPrefix}{DefaultSystem}{end}") + "\n{%- endif -%}\n";
        string prompt = BuiltInJinja.Text($"{start}assistant{headerEnd}");
        string gap = frame.SpaceWithin.Length == 0 ? "" : $"({BuiltInJinja.Quote(frame.SpaceWithin)} if message['role'] == 'assistant' and content else '') ~ ";
        return $$"""
            {{BuiltInJinja.Text(tokens.Begin ?? "")}}{{system}}{%- for message in messages -%}
            {%- set content = {{content}} -%}
            {{(HasThoughts ? JinjaThoughts : "")}}{@{{header}} ~ ({{BuiltInJinja.Quote(SystemPrefix)}} if message['role'] == 'system' else '') ~ {{gap}}content ~ {{behind}}@}
            {%- endfor -%}
            {%- if add_generation_prompt -%}
            {{prompt}}
            {%- endif -%}
            """.Replace("{@", "{{ ", StringComparison.Ordinal).Replace("@}", " }}", StringComparison.Ordinal);
    }

    private void Add(List<ChatSegment> segments, ChatMessage message, bool isLast)
    {
        string content = tokens.TrimsContent ? message.Content.Trim() : message.Content;
        string thoughts = "";
        if (HasThoughts && message.Role == ChatRoles.Assistant)
        {
            (thoughts, content) = Think(content, isLast);
        }

        segments.Add(ChatSegment.Special(tokens.Start));
        string header = message.Role + tokens.BehindHeader;
        if (tokens.HeaderEnd is not null)
        {
            segments.Add(new ChatSegment(message.Role));
            segments.Add(ChatSegment.Special(tokens.HeaderEnd));
            header = tokens.BehindHeader;
        }

        if (message.Role == ChatRoles.Assistant)
        {
            segments.Add(new ChatSegment(header + thoughts));
            segments.Add(ChatSegment.Answer(content));
        }
        else
        {
            segments.Add(new ChatSegment(content, message.Role == ChatRoles.System ? header + SystemPrefix : header));
            segments.Add(ChatSegment.Special(tokens.End));
        }

        if (tokens.BehindMessage.Length > 0)
        {
            segments.Add(new ChatSegment(tokens.BehindMessage));
        }
    }

    /// <summary>A message whose thoughts stand in its text.</summary>
    private static ChatMessage WithThoughts(ChatMessage message)
    {
        string? name = ChatMessage.ThoughtFields.FirstOrDefault(message.Fields.ContainsKey);
        return name is null ? message : message with
        {
            Content = $"{ThoughtsBegin}\n{message.Fields[name].GetString()}\n{ThoughtsEnd}\n\n{message.Content}",
            Fields = message.Fields.Where(field => field.Key != name).ToDictionary(),
        };
    }

    /// <summary>Divides an answer with its thoughts into the part of the prompt and the part that is learned.</summary>
    private static (string Prompt, string Answer) Think(string content, bool isLast)
    {
        int end = content.LastIndexOf(ThoughtsEnd, StringComparison.Ordinal);
        if (end < 0)
        {
            return isLast && content.Length > 0 ? ("", $"{ThoughtsBegin}\n\n{ThoughtsEnd}\n\n{content.TrimStart('\n')}") : ("", content);
        }

        string answer = content[(end + ThoughtsEnd.Length)..].TrimStart('\n');
        if (!isLast)
        {
            return ("", answer);
        }

        string thoughts = content[..content.IndexOf(ThoughtsEnd, StringComparison.Ordinal)];
        thoughts = thoughts[(thoughts.LastIndexOf(ThoughtsBegin, StringComparison.Ordinal) is >= 0 and var begin ? begin + ThoughtsBegin.Length : 0)..].Trim('\n');
        return ("", $"{ThoughtsBegin}\n{thoughts}\n{ThoughtsEnd}\n\n{answer}");
    }
}
