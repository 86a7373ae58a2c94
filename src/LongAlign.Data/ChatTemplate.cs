namespace LongAlign.Data;

/// <summary>Renders conversations as text for a model, and tells which parts are the model's answers. Immutable and thread-safe.</summary>
public abstract class ChatTemplate
{
    private protected ChatTemplate(bool isReference) => IsReference = isReference;

    /// <summary>The paper's template for Llama: <c>[INST]question[/INST]answer</c>, rounds separated by an empty line.</summary>
    public static ChatTemplate LongAlignLlama { get; } = new LongAlignTemplate(LongAlignTemplate.LlamaRound, isReference: false);

    /// <summary>The paper's template for ChatGLM3: <c>[Round 1]</c>, <c>问：question</c>, <c>答：answer</c>, with empty lines between them.</summary>
    public static ChatTemplate LongAlignChatGlm { get; } = new LongAlignTemplate(LongAlignTemplate.ChatGlmRound, isReference: false);

    /// <summary>
    /// <see cref="LongAlignLlama"/> with the ids and labels of the reference implementation, for comparison with published results:
    /// roles are not looked at, zero-width characters are removed from answers, and between rounds the end token is a label on the
    /// separator but no input.
    /// </summary>
    public static ChatTemplate LongAlignLlamaReference { get; } = new LongAlignTemplate(LongAlignTemplate.LlamaRound, isReference: true);

    /// <summary><see cref="LongAlignChatGlm"/> with the ids and labels of the reference implementation; see <see cref="LongAlignLlamaReference"/>.</summary>
    public static ChatTemplate LongAlignChatGlmReference { get; } = new LongAlignTemplate(LongAlignTemplate.ChatGlmRound, isReference: true);

    /// <summary>Whether ids and labels follow the reference implementation's quirks.</summary>
    internal bool IsReference { get; }

    /// <summary>Renders a conversation.</summary>
    /// <param name="conversation">The conversation.</param>
    /// <returns>Segments in order; their texts laid together are the whole text.</returns>
    /// <exception cref="ChatDataException">The template has no place for a message; the message names file, line and message.</exception>
    public abstract IReadOnlyList<ChatSegment> Render(ChatConversation conversation);
}
