namespace LongAlign.Data;

/// <summary>Where the tokens of a prompt lie in a sequence.</summary>
/// <param name="Start">The first.</param>
/// <param name="Length">How many.</param>
internal readonly record struct PromptPart(int Start, int Length);
