using LongAlign.Evaluation.Needles;
using Microsoft.Extensions.AI.Evaluation;

namespace LongAlign.Evaluation.Metrics;

/// <summary>Tells a <see cref="NeedleEvaluator"/> which prompt a response answers. Reports show the needles.</summary>
/// <param name="prompt">The prompt.</param>
public sealed class NeedlePromptContext(NeedlePrompt prompt) : EvaluationContext("Needles", string.Join('\n', prompt.Needles.Select(needle => needle.Text.Trim())))
{
    /// <summary>The prompt.</summary>
    public NeedlePrompt Prompt { get; } = prompt;
}
