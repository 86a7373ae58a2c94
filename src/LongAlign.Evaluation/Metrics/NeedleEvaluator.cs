using LongAlign.Evaluation.Needles;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.AI.Evaluation;

namespace LongAlign.Evaluation.Metrics;

/// <summary>The match of the needle test as an evaluator of Microsoft.Extensions.AI.Evaluation; it asks no model. Thread-safe.</summary>
public sealed class NeedleEvaluator : IEvaluator
{
    /// <inheritdoc/>
    public IReadOnlyCollection<string> EvaluationMetricNames => [EvaluationMetrics.NeedleFoundName];

    /// <summary>Scores a response.</summary>
    /// <param name="messages">Not looked at.</param>
    /// <param name="modelResponse">The reply.</param>
    /// <param name="chatConfiguration">Not looked at.</param>
    /// <param name="additionalContext">Has a <see cref="NeedlePromptContext"/>.</param>
    /// <param name="cancellationToken">Not looked at.</param>
    /// <returns>As <see cref="EvaluationMetrics.ToEvaluationResult(NeedleResult)"/>.</returns>
    /// <exception cref="ArgumentException">The context has no prompt.</exception>
    public ValueTask<EvaluationResult> EvaluateAsync(
        IEnumerable<ChatMessage> messages,
        ChatResponse modelResponse,
        ChatConfiguration? chatConfiguration = null,
        IEnumerable<EvaluationContext>? additionalContext = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(modelResponse);
        NeedlePromptContext context = additionalContext?.OfType<NeedlePromptContext>().FirstOrDefault()
            ?? throw new ArgumentException($"There is no {nameof(NeedlePromptContext)}, which says what was hidden.", nameof(additionalContext));
        EvaluationResult result = NeedleResult.Of(context.Prompt, modelResponse.Text, modelResponse.FinishReason?.Value, modelResponse.ModelId).ToEvaluationResult();
        result.AddOrUpdateContextInAllMetrics(context);
        return ValueTask.FromResult(result);
    }
}
