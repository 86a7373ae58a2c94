namespace LongAlign.Data;

/// <summary>A step of a pre-tokenizer: it cuts words, or changes them.</summary>
/// <param name="Cutter">The cutter.</param>
/// <param name="Change">The change.</param>
internal readonly record struct WordStep(TextCutter? Cutter, WordChange? Change);
