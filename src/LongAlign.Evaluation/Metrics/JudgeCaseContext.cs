using LongAlign.Evaluation.Judging;
using Microsoft.Extensions.AI.Evaluation;

namespace LongAlign.Evaluation.Metrics;

/// <summary>Tells a <see cref="LongBenchChatEvaluator"/> which case a response answers. Reports show the reference answer.</summary>
/// <param name="case">The case.</param>
public sealed class JudgeCaseContext(JudgeCase @case) : EvaluationContext("Reference answer", @case.Answer)
{
    /// <summary>The case.</summary>
    public JudgeCase Case { get; } = @case;
}
