using LongAlign.Data;

namespace LongAlign.Evaluation.Runs;

/// <summary>A comparison, id by id, of a run's prompts with those of the chat template in the model's folder.</summary>
/// <remarks>
/// A folder that was trained here has the template that it learned (<see cref="ChatTemplate.Save"/>), and so has the folder of its adapter; a
/// folder of others has its publisher's. Immutable.
/// </remarks>
public sealed class TemplateCheck
{
    /// <summary>A prompt with line ends and letters beyond ASCII.</summary>
    private const string Probe = "What is the code?\n\nAnswer: 答";

    private TemplateCheck(TemplateMatch match, string text)
    {
        Match = match;
        Text = text;
    }

    /// <summary>The result.</summary>
    public TemplateMatch Match { get; }

    /// <summary>The same in words, without a path.</summary>
    public string Text { get; }

    /// <summary>Looks at prompts.</summary>
    /// <param name="template">The template that a run asks with.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="modelFolder">The folder of the model, or of its adapter.</param>
    /// <param name="prompts">Prompts of the run, of which each is compared, beside one of the check's own.</param>
    /// <returns>The result.</returns>
    /// <exception cref="InvalidDataException">The folder's template is damaged.</exception>
    public static TemplateCheck Of(ChatTemplate template, ModelTokenizer tokenizer, string modelFolder, params IEnumerable<string> prompts)
    {
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(prompts);
        string name = ChatTemplate.BuiltIn.Contains(template) ? template.Name : Path.GetFileName(template.Name);
        if (!ChatTemplate.Exists(modelFolder))
        {
            return new TemplateCheck(TemplateMatch.Unknown, $"{name}; the model's folder has no template, so that it is not known whether the model was trained with this one");
        }

        ChatTemplate own = ChatTemplate.Load(modelFolder);
        return prompts.Prepend(Probe).All(prompt => Ids(template, tokenizer, prompt).AsSpan().SequenceEqual(Ids(own, tokenizer, prompt)))
            && template.GetStopTokenIds(tokenizer)[0] == own.GetStopTokenIds(tokenizer)[0]
            ? new TemplateCheck(TemplateMatch.Same, $"{name}, with the prompts of the model's own template")
            : new TemplateCheck(TemplateMatch.Other, $"{name}, which is NOT the model's own template: prompts are not those that the model was trained with");
    }

    /// <summary>A check of a model behind an endpoint, whose server makes the prompts.</summary>
    /// <returns>One that found nothing.</returns>
    public static TemplateCheck OfEndpoint() => new(TemplateMatch.Unknown, "the server's, which is not known");

    /// <summary>The text.</summary>
    /// <returns>The result, in words.</returns>
    public override string ToString() => Text;

    private static int[] Ids(ChatTemplate template, ModelTokenizer tokenizer, string prompt) => template.EncodePrompt(tokenizer, new ChatMessage("user", prompt));
}
