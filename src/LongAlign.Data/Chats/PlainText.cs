namespace LongAlign.Data;

/// <summary>Text without messages: no template is applied to it, and the end of a sequence stands behind it.</summary>
/// <param name="Prompt">The text before, which is not learned; may be empty.</param>
/// <param name="Completion">The text that is learned; nothing is put between the two.</param>
public sealed record PlainText(string Prompt, string Completion);
