using LongAlign.Data;

namespace LongAlign.Evaluation.Judging;

/// <summary>The limit on the length of prompts; longer ones lose their middle.</summary>
/// <param name="Tokenizer">The model's tokenizer.</param>
/// <param name="Template">The model's template.</param>
/// <param name="MaxTokens">The most tokens of prompt and answer together.</param>
public sealed record PromptLimit(ModelTokenizer Tokenizer, ChatTemplate Template, int MaxTokens);
