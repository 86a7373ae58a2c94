using LongAlign.Evaluation.Needles;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.AI.Evaluation;

namespace LongAlign.Evaluation.Metrics;

/// <summary>The exact match of the needle test as an evaluator of Microsoft.Extensions.AI.Evaluation; it asks no model. Thread-safe.</summary>
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
        string reply = modelResponse.Text;
        EvaluationResult result = new NeedleResult(context.Prompt, reply, context.Prompt.Score(reply), MissingReason: null) { Model = modelResponse.ModelId }.ToEvaluationResult();
        result.AddOrUpdateContextInAllMetrics(context);
        return ValueTask.FromResult(result);
    }
}
