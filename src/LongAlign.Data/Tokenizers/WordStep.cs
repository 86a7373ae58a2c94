namespace LongAlign.Data;

/// <summary>A step of a pre-tokenizer: it cuts words, or changes them.</summary>
/// <param name="Cutter">What cuts.</param>
/// <param name="Change">What changes.</param>
internal readonly record struct WordStep(TextCutter? Cutter, WordChange? Change);
