using System.Collections.Concurrent;
using LongAlign.Data.Templates.Jinja;

namespace LongAlign.Data;

/// <summary>A template in Jinja: a model's own.</summary>
internal sealed class JinjaChatTemplate : ChatTemplate
{
    private const string Question = "q";
    private const string Answer = "a";
    private const int MaxPrompts = 256;

    private readonly JinjaTemplate _template;
    private readonly ChatTemplateOptions _options;
    private readonly KeyValuePair<string, object?>[] _variables;
    private readonly SpecialTokenFinder _named;
    private readonly ConcurrentDictionary<string, string> _prompts = [];
    private readonly Lazy<bool> _hasSystem;
    private readonly JinjaForms _forms;

    public JinjaChatTemplate(string name, string text, ChatTemplateOptions options)
        : base(name)
    {
        Text = text;
        _template = JinjaTemplate.Parse(text);
        _options = options;
        _variables =
        [
            .. options.SpecialTokens.Select(token => KeyValuePair.Create<string, object?>(token.Key, Templates.Jinja.Text.Literal(token.Value))),
            .. options.Variables.Select(variable => KeyValuePair.Create(variable.Key, TemplateVariables.Of(variable.Key, variable.Value))),
        ];
        _hasSystem = new Lazy<bool>(RendersSystem);
        _named = new SpecialTokenFinder(options.SpecialTokens.Values);
        _forms = new JinjaForms(text, TryRun);
    }

    /// <summary>The template's text.</summary>
    public string Text { get; }

    public override bool BeginsWithPrefix => false;

    public override bool HasSystemMessages => _hasSystem.Value;

    public override IReadOnlyList<ChatSegment> Render(ChatConversation conversation) => Render(conversation, _named);

    public override IReadOnlyList<ChatSegment> RenderPrompt(ChatConversation conversation) => RenderPrompt(conversation, _named);

    public override IReadOnlyList<int> GetStopTokenIds(ModelTokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return EndOfTurnOf(tokenizer.SpecialTokenFinder) is { } end && tokenizer.SpecialTokens.TryGetValue(end, out int id) && id != tokenizer.EndOfSequenceId
            ? [id, tokenizer.EndOfSequenceId]
            : base.GetStopTokenIds(tokenizer);
    }

    internal override string? BeginningToken => _options.SpecialTokens.GetValueOrDefault("bos_token");

    internal override string ToJinja(JinjaFrame frame) => Text;

    /// <summary>Runs the template.</summary>
    /// <exception cref="ChatDataException">It refuses the conversation, fails or costs too much; the message names the conversation, and line and column of the template.</exception>
    public JinjaOutput Run(ChatConversation conversation, bool addGenerationPrompt)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        List<KeyValuePair<string, object?>> variables =
        [
            new("messages", TemplateVariables.Messages(conversation)),
            new("tools", conversation.Tools is { } tools ? TemplateVariables.Of("tools", tools) : null),
            new("documents", null),
            new("add_generation_prompt", addGenerationPrompt),
            .. _variables,
            .. conversation.Variables.Select(variable => KeyValuePair.Create(variable.Key, TemplateVariables.Of(variable.Key, variable.Value))),
        ];
        try
        {
            return _template.Render(variables, JinjaLimits.For(TemplateVariables.Length(conversation), conversation.Messages.Count), _options.Clock);
        }
        catch (JinjaException e)
        {
            string reason = e.IsRaised ? "refused by the template" : "the template fails";
            throw new ChatDataException(conversation.Source, reason, $"{reason} {Name}: {e.Message}", e);
        }
    }

    internal override ChatConversation Fit(ChatConversation conversation) => _forms.Fit(conversation);

    internal override IReadOnlyList<TrainingChat> RenderForTraining(ChatConversation conversation, SpecialTokenFinder specials, TokenizationOptions options)
    {
        RenderedChat chat = new(Run(conversation, addGenerationPrompt: false), specials);
        bool[] learned = LearnedMessages.Of(conversation, options.LossOn);
        int[] withoutThoughts = [.. MissingParts.Find(chat, conversation, Name).Where(message => learned[message])];
        if (withoutThoughts.Length == 0)
        {
            return [new TrainingChat(Segments(conversation, chat, learned, options.LossOn), conversation.Source)];
        }

        string which = $"message{(withoutThoughts.Length > 1 ? "s" : "")} {string.Join(", ", withoutThoughts)}";
        switch (options.EarlierThoughts)
        {
            case EarlierThoughts.Refuse:
                throw new ChatDataException(conversation.Source, "thoughts left out", $"the template {Name} leaves out the thoughts of {which}, as they are not of the last turn.");
            case EarlierThoughts.SequencePerTurn:
                return [.. ConversationTurns.Split(conversation).SelectMany(turn => RenderForTraining(turn, specials, options).Select(own => own with { Change = "split into a sequence for each turn, as the template leaves out earlier thoughts" }))];
            default:
                foreach (int message in withoutThoughts)
                {
                    learned[message] = false;
                }

                return [new TrainingChat(Segments(conversation, chat, learned, options.LossOn), conversation.Source) { Change = "answers not learned whose thoughts the template leaves out", Detail = which }];
        }
    }

    internal override List<ChatSegment> Render(ChatConversation conversation, SpecialTokenFinder specials)
        => Segments(conversation, new RenderedChat(Run(conversation, addGenerationPrompt: false), specials), LearnedMessages.Of(conversation, LossOn.AllAssistant), LossOn.AllAssistant);

    internal override List<ChatSegment> RenderPrompt(ChatConversation conversation, SpecialTokenFinder specials)
        => new RenderedChat(Run(conversation, addGenerationPrompt: true), specials).ToSegments([]);

    private List<ChatSegment> Segments(ChatConversation conversation, RenderedChat chat, bool[] learned, LossOn loss)
    {
        List<AnswerTurn> turns = _template.HasGeneration ? Generated(chat) : Turns(conversation, chat);
        return chat.ToSegments(loss == LossOn.Everything
            ? Between(turns.Where(turn => !learned[turn.Message]), chat.Value.Length)
            : [.. turns.Where(turn => learned[turn.Message]).Select(turn => (turn.Start, turn.End))]);
    }

    private static List<AnswerTurn> Generated(RenderedChat chat)
        => [.. chat.Generations
            .Select(generation => (generation.Start, generation.End, Spans: chat.Spans.Where(span => span.Start < generation.End && span.End > generation.Start)))
            .Where(generation => generation.Spans.Any())
            .Select(generation => new AnswerTurn(generation.Start, generation.End, generation.Spans.First().Part.Message))];

    /// <summary>All of a text but for some turns.</summary>
    private static List<(int Start, int End)> Between(IEnumerable<AnswerTurn> turns, int length)
    {
        List<(int Start, int End)> rest = [];
        int start = 0;
        foreach (AnswerTurn turn in turns.Append(new AnswerTurn(length, length, 0)))
        {
            if (turn.Start > start)
            {
                rest.Add((start, turn.Start));
            }

            start = turn.End;
        }

        return rest;
    }

    private List<AnswerTurn> Turns(ChatConversation conversation, RenderedChat chat)
    {
        return chat.Spans.Count == 0 ? [] : new AnswerTurns(chat, PromptOf(conversation), conversation.Messages.Count, Beginning).Find();

        string? Beginning(int count, bool withPrompt) => TryRun(conversation with { Messages = [.. conversation.Messages.Take(count)] }, withPrompt);
    }

    /// <summary>The generation prompt that the template adds behind a question; empty where it adds none or refuses a single question.</summary>
    private string PromptOf(ChatConversation conversation)
    {
        ChatConversation probe = new([new ChatMessage(ChatRoles.User, Question)], conversation.Source) { Variables = conversation.Variables };
        string key = string.Join('\n', conversation.Variables.Select(variable => $"{variable.Key}={variable.Value.GetRawText()}"));
        if (!_prompts.TryGetValue(key, out string? prompt))
        {
            prompt = TryRun(probe, withPrompt: false) is { } without && TryRun(probe, withPrompt: true) is { } with && with.StartsWith(without, StringComparison.Ordinal) ? with[without.Length..] : "";
            if (_prompts.Count < MaxPrompts)
            {
                _prompts[key] = prompt;
            }
        }

        return prompt;
    }

    private bool RendersSystem()
    {
        const string Instruction = "an instruction";
        ChatConversation probe = new([new ChatMessage(ChatRoles.System, Instruction), new ChatMessage(ChatRoles.User, Question)], Instruction);
        return TryRun(probe, withPrompt: true)?.Contains(Instruction, StringComparison.Ordinal) == true;
    }

    private string? TryRun(ChatConversation conversation, bool withPrompt)
    {
        try
        {
            return Run(conversation, withPrompt).Text.Value;
        }
        catch (ChatDataException)
        {
            return null;
        }
    }

    /// <summary>The last special token that is learned of an answer.</summary>
    private string? EndOfTurnOf(SpecialTokenFinder specials)
    {
        ChatConversation probe = new([new ChatMessage(ChatRoles.User, Question), new ChatMessage(ChatRoles.Assistant, Answer)], "an answer");
        try
        {
            return Render(probe, specials).LastOrDefault(segment => segment is { IsTarget: true, IsSpecial: true })?.Text;
        }
        catch (ChatDataException)
        {
            return null;
        }
    }
}
