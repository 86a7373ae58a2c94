namespace LongAlign.Data;

/// <summary>
/// Renders conversations as text and special tokens for a model, and tells which parts the model is to learn. Immutable and thread-safe.
/// </summary>
/// <remarks>
/// A model's own template (<see cref="Load(string, ChatTemplateOptions?)"/>, <see cref="FromJinja"/>) takes what its author wrote it for. The built-in ones,
/// those of the reference aside, take user and assistant in turn, with an answer at the end, and refuse what else they have no place for.
/// Your own class overrides <see cref="Render(ChatConversation)"/>.
/// </remarks>
/// <example>
/// <code>
/// ChatTemplate template = ChatTemplate.FromJinja("{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}");
/// </code>
/// </example>
public abstract class ChatTemplate
{
    private protected ChatTemplate(string name, bool isReference)
    {
        Name = name;
        IsReference = isReference;
    }

    /// <summary>Makes a template.</summary>
    /// <param name="name">The name in reports.</param>
    protected ChatTemplate(string name)
        : this(name, isReference: false) => ArgumentException.ThrowIfNullOrEmpty(name);

    /// <summary>The paper's template for Llama: <c>[INST]question[/INST]answer</c>, rounds separated by an empty line. No system message.</summary>
    public static ChatTemplate LongAlignLlama { get; } = new LongAlignTemplate(nameof(LongAlignLlama), LongAlignTemplate.LlamaRound, isReference: false);

    /// <summary>The paper's template for ChatGLM3: <c>[Round 1]</c>, <c>问：question</c>, <c>答：answer</c>, with empty lines between them. No system message.</summary>
    public static ChatTemplate LongAlignChatGlm { get; } = new LongAlignTemplate(nameof(LongAlignChatGlm), LongAlignTemplate.ChatGlmRound, isReference: false);

    /// <summary>
    /// <see cref="LongAlignLlama"/> with the ids and labels of the reference implementation, for comparison with published results:
    /// roles are not looked at, zero-width characters are removed from answers, and between rounds the end token is a label on the
    /// separator but no input.
    /// </summary>
    public static ChatTemplate LongAlignLlamaReference { get; } = new LongAlignTemplate(nameof(LongAlignLlamaReference), LongAlignTemplate.LlamaRound, isReference: true);

    /// <summary><see cref="LongAlignChatGlm"/> with the ids and labels of the reference implementation; see <see cref="LongAlignLlamaReference"/>.</summary>
    public static ChatTemplate LongAlignChatGlmReference { get; } = new LongAlignTemplate(nameof(LongAlignChatGlmReference), LongAlignTemplate.ChatGlmRound, isReference: true);

    /// <summary>Llama 2 Chat: every round is <c>&lt;s&gt;[INST] question [/INST] answer &lt;/s&gt;</c>, with the system message in the first question.</summary>
    public static ChatTemplate Llama2 { get; } = new InstTemplate(nameof(Llama2)) { BeginsEveryRound = true, IsSpaced = true };

    /// <summary>Llama 3 Instruct: messages between <c>&lt;|start_header_id|&gt;</c> and <c>&lt;|eot_id|&gt;</c>.</summary>
    public static ChatTemplate Llama3 { get; } = new HeaderTemplate(nameof(Llama3), HeaderTemplate.Llama3Tokens);

    /// <summary>Llama 3.1 Instruct: <see cref="Llama3"/> with a system message that always gives dates, those of the model's own template.</summary>
    public static ChatTemplate Llama31 { get; } = new HeaderTemplate(nameof(Llama31), HeaderTemplate.Llama3Tokens)
    {
        SystemPrefix = "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n",
        DefaultSystem = "",
    };

    /// <summary>ChatML: messages between <c>&lt;|im_start|&gt;</c> and <c>&lt;|im_end|&gt;</c>, as Qwen and many others have it.</summary>
    public static ChatTemplate ChatMl { get; } = new HeaderTemplate(nameof(ChatMl), HeaderTemplate.ChatMlTokens);

    /// <summary>Qwen 2.5: <see cref="ChatMl"/> with its own system message where there is none.</summary>
    public static ChatTemplate Qwen25 { get; } = new HeaderTemplate(nameof(Qwen25), HeaderTemplate.ChatMlTokens)
    {
        DefaultSystem = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.",
    };

    /// <summary>
    /// Qwen 3: <see cref="ChatMl"/> with thoughts. Thoughts (<c>&lt;think&gt;…&lt;/think&gt;</c>) of the last answer are learned; where it has none,
    /// an empty pair is. Those of earlier answers are left out.
    /// </summary>
    public static ChatTemplate Qwen3 { get; } = new HeaderTemplate(nameof(Qwen3), HeaderTemplate.ChatMlTokens) { HasThoughts = true };

    /// <summary>Mistral Instruct 0.1 and 0.2: <c>[INST] question [/INST] answer&lt;/s&gt;</c>, with the system message in the first question.</summary>
    public static ChatTemplate Mistral { get; } = new InstTemplate(nameof(Mistral));

    /// <summary>Mistral Instruct 0.3: <see cref="Mistral"/> with <c>[INST]</c> and <c>[/INST]</c> as special tokens.</summary>
    public static ChatTemplate MistralV3 { get; } = new InstTemplate(nameof(MistralV3)) { HasSpecialMarkers = true };

    /// <summary>The templates above, those of the reference aside.</summary>
    public static IReadOnlyList<ChatTemplate> BuiltIn { get; } = [LongAlignLlama, LongAlignChatGlm, Llama2, Llama3, Llama31, ChatMl, Qwen25, Qwen3, Mistral, MistralV3];

    /// <summary>The name: of a built-in template that of the property, of a model's own the file's path.</summary>
    public string Name { get; }

    /// <summary>Whether ids and labels follow the reference implementation's quirks.</summary>
    internal bool IsReference { get; }

    /// <summary>Whether a sequence begins with the tokenizer's prefix; otherwise the template has what begins it.</summary>
    public virtual bool BeginsWithPrefix => true;

    /// <summary>Whether the template has a place for system messages.</summary>
    public virtual bool HasSystemMessages => true;

    /// <summary>The special token behind an answer; null for the tokenizer's end of a sequence.</summary>
    public virtual string? EndOfTurn => null;

    /// <summary>Special tokens that the tokenizer must have.</summary>
    public virtual IReadOnlyList<string> RequiredTokens => [];

    /// <summary>Finds a built-in template.</summary>
    /// <param name="name">Its <see cref="Name"/>; case does not count.</param>
    /// <returns>The template.</returns>
    /// <exception cref="ArgumentException">There is none of that name; the message has those there are.</exception>
    public static ChatTemplate FromName(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return BuiltIn.FirstOrDefault(template => template.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException($"There is no chat template '{name}'; expected {string.Join(", ", BuiltIn.Select(template => template.Name))}, or the model's own.", nameof(name));
    }

    /// <summary>
    /// The chat template of a model's folder: of <c>chat_template.jinja</c>, <c>chat_template.json</c> or <c>tokenizer_config.json</c>, as it
    /// is. It renders what Transformers' <c>apply_chat_template</c> does; targets follow from where each character came from.
    /// </summary>
    /// <param name="folder">The folder. The special tokens that the template knows by name are those of its <c>tokenizer_config.json</c>.</param>
    /// <param name="options">Variables, a clock, other special tokens, and which template to take where there are several.</param>
    /// <returns>The template.</returns>
    /// <exception cref="FileNotFoundException">The folder has no chat template.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or there is no template of the name asked for; the message names it.</exception>
    /// <exception cref="Templates.Jinja.JinjaException">The template is wrong or uses what is not supported; the message gives line and column.</exception>
    public static ChatTemplate Load(string folder, ChatTemplateOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return new ChatTemplateFolder(folder).Load(options ?? new ChatTemplateOptions());
    }

    /// <summary>Whether a model's folder has a chat template.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>Whether <see cref="Load(string, ChatTemplateOptions?)"/> finds one.</returns>
    /// <exception cref="InvalidDataException">A file is damaged; the message names it.</exception>
    public static bool Exists(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return new ChatTemplateFolder(folder).HasTemplate;
    }

    /// <summary>A template in Jinja, as models have them.</summary>
    /// <param name="text">The template.</param>
    /// <param name="options">Variables, special tokens by name, a clock.</param>
    /// <param name="name">The name in reports.</param>
    /// <returns>The template.</returns>
    /// <exception cref="Templates.Jinja.JinjaException">The template is wrong or uses what is not supported; the message gives line and column.</exception>
    public static ChatTemplate FromJinja(string text, ChatTemplateOptions? options = null, string name = "Jinja")
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new JinjaChatTemplate(name, text, options ?? new ChatTemplateOptions());
    }

    /// <summary>Renders a conversation.</summary>
    /// <param name="conversation">The conversation.</param>
    /// <returns>Segments in order; their texts laid together are the whole text.</returns>
    /// <exception cref="ChatDataException">The template has no place for a message; the message names file, line and message.</exception>
    public abstract IReadOnlyList<ChatSegment> Render(ChatConversation conversation);

    /// <summary>Renders a conversation up to where the model is to answer: as that stands in training.</summary>
    /// <param name="conversation">The conversation, with a user's message at the end.</param>
    /// <returns>Segments in order.</returns>
    /// <exception cref="ChatDataException">The template has no place for a message.</exception>
    public virtual IReadOnlyList<ChatSegment> RenderPrompt(ChatConversation conversation)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        IReadOnlyList<ChatSegment> segments = Render(conversation with { Messages = [.. conversation.Messages, new ChatMessage(ChatRoles.Assistant, "")] });
        int last = segments.Count - 1;
        while (last >= 0 && !segments[last].IsAnswer)
        {
            last--;
        }

        return last >= 0 ? [.. segments.Take(last)] : throw new InvalidOperationException($"The template {Name} renders no answer where there is one; override {nameof(RenderPrompt)}.");
    }

    /// <summary>The ids of a conversation up to where the model is to answer: the same ids that stand before that answer in training.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="messages">The messages, with a user's at the end.</param>
    /// <returns>The ids.</returns>
    /// <exception cref="ChatDataException">The template has no place for a message.</exception>
    public int[] EncodePrompt(ModelTokenizer tokenizer, params IReadOnlyList<ChatMessage> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return EncodePrompt(tokenizer, new ChatConversation(messages, "prompt"));
    }

    /// <summary>The ids of a conversation up to where the model is to answer.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="conversation">The conversation, with its tools and variables, and a user's message at the end.</param>
    /// <returns>The ids.</returns>
    /// <exception cref="ChatDataException">The template has no place for a message.</exception>
    public int[] EncodePrompt(ModelTokenizer tokenizer, ChatConversation conversation)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(conversation);
        return new ChatTokenizer(tokenizer, this, new TokenizationOptions()).TokenizePrompt(conversation);
    }

    /// <summary>The ids that end an answer: the template's end of turn, and the tokenizer's end of a sequence.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <returns>The ids, the template's own first.</returns>
    public virtual IReadOnlyList<int> GetStopTokenIds(ModelTokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return EndOfTurn is { } end && tokenizer.SpecialTokens.TryGetValue(end, out int id) && id != tokenizer.EndOfSequenceId
            ? [id, tokenizer.EndOfSequenceId]
            : [tokenizer.EndOfSequenceId];
    }

    /// <summary>
    /// Saves the template beside a trained model, as <c>chat_template.jinja</c> and in <c>tokenizer_config.json</c>, and the ids that end
    /// its answers in <c>generation_config.json</c>: so that <see cref="Load(string, ChatTemplateOptions?)"/>, Transformers and others ask
    /// the model as it was trained, and stop where it does.
    /// </summary>
    /// <param name="folder">The model's folder, which exists; other entries of these files stay.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <exception cref="NotSupportedException">The template is your own class, and has no Jinja.</exception>
    /// <exception cref="InvalidDataException">A file of the folder is damaged; the message names it.</exception>
    /// <exception cref="IOException">A file can't be written.</exception>
    public void Save(string folder, ModelTokenizer tokenizer)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(tokenizer);
        IReadOnlyList<int> stops = GetStopTokenIds(tokenizer);
        string prefix = BeginsWithPrefix ? string.Concat(tokenizer.Prefix.Select(tokenizer.NameOf)) : "";
        string jinja = ToJinja(JinjaFrame.Of(tokenizer, prefix, tokenizer.NameOf(stops[0])))
            ?? throw new NotSupportedException($"The template {Name} is your own class, and has no Jinja that other programs could run.");
        new ChatTemplateFolder(folder).Save(jinja, stops);
    }

    /// <summary>The same in Jinja; null where it isn't known.</summary>
    /// <param name="frame">The texts that the tokenizer puts around texts.</param>
    internal virtual string? ToJinja(JinjaFrame frame) => null;

    /// <summary>The name of the token that begins a sequence, where the template itself may set it.</summary>
    internal virtual string? BeginningToken => null;

    /// <summary>Renders a conversation with the special tokens of a tokenizer.</summary>
    internal virtual IReadOnlyList<ChatSegment> Render(ChatConversation conversation, SpecialTokenFinder specials) => Render(conversation);

    /// <summary>The conversation in the words that the template has a place for.</summary>
    internal virtual ChatConversation Fit(ChatConversation conversation)
    {
        IReadOnlyList<ChatMessage> messages = conversation.Messages;
        for (int i = 0; i < messages.Count; i++)
        {
            if (messages[i].Role == ChatRoles.Developer)
            {
                return conversation with { Messages = [.. messages.Select(message => message.Role == ChatRoles.Developer ? message with { Role = ChatRoles.System } : message)] };
            }
        }

        return conversation;
    }

    /// <summary>Renders a conversation to be learned: once, or once for each turn.</summary>
    /// <exception cref="ChatDataException">The template has no place for something of it.</exception>
    internal virtual IReadOnlyList<TrainingChat> RenderForTraining(ChatConversation conversation, SpecialTokenFinder specials, TokenizationOptions options)
        => [new TrainingChat(LearnedMessages.Mark(Render(conversation, specials), conversation, options.LossOn, Name), conversation.Source)];

    /// <summary>Renders a prompt with the special tokens of a tokenizer.</summary>
    internal virtual IReadOnlyList<ChatSegment> RenderPrompt(ChatConversation conversation, SpecialTokenFinder specials) => RenderPrompt(conversation);

    /// <summary>Throws where a conversation has what only the models' own templates have a place for.</summary>
    /// <exception cref="ChatDataException">It has; the message names it.</exception>
    private protected void ThrowIfNotPlain(ChatConversation conversation)
    {
        string? field = conversation.Tools is not null ? "tools"
            : conversation.Messages.SelectMany(message => message.Fields.Keys).FirstOrDefault(name => name is not ("name" or "tool_call_id"));
        if (field is not null)
        {
            throw new ChatDataException(conversation.Source, "no place in the template", $"the conversation has '{field}', for which the template {Name} has no place; a model's own template may have.");
        }
    }
}
