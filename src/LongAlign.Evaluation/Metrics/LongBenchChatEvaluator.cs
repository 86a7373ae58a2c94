using LongAlign.Evaluation.Judging;
using LongAlign.Requests;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.AI.Evaluation;

namespace LongAlign.Evaluation.Metrics;

/// <summary>The judge of LongBench-Chat as an evaluator of Microsoft.Extensions.AI.Evaluation. Thread-safe.</summary>
/// <remarks>The judge is asked through the runner, with its journal and budget; a chat configuration is not looked at.</remarks>
public sealed class LongBenchChatEvaluator : IEvaluator
{
    private readonly RequestRunner _judge;
    private readonly JudgeOptions _options;

    /// <summary>Makes an evaluator.</summary>
    /// <param name="judge">The runner that asks the judge; owned by the caller.</param>
    /// <param name="options">How.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public LongBenchChatEvaluator(RequestRunner judge, JudgeOptions options)
    {
        ArgumentNullException.ThrowIfNull(judge);
        LongBenchChat.ThrowIfOutOfRange(options);
        _judge = judge;
        _options = options;
    }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> EvaluationMetricNames => [EvaluationMetrics.JudgeScoreName];

    /// <summary>Asks a judge to score a response.</summary>
    /// <param name="messages">Not looked at: the judge sees the case's question.</param>
    /// <param name="modelResponse">The answer.</param>
    /// <param name="chatConfiguration">Not looked at.</param>
    /// <param name="additionalContext">Has a <see cref="JudgeCaseContext"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>As <see cref="EvaluationMetrics.ToEvaluationResult(CaseScore, int, int)"/>.</returns>
    /// <exception cref="ArgumentException">The context has no case.</exception>
    /// <exception cref="RequestRunException">The run can't go on.</exception>
    public async ValueTask<EvaluationResult> EvaluateAsync(
        IEnumerable<ChatMessage> messages,
        ChatResponse modelResponse,
        ChatConfiguration? chatConfiguration = null,
        IEnumerable<EvaluationContext>? additionalContext = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(modelResponse);
        JudgeCaseContext context = additionalContext?.OfType<JudgeCaseContext>().FirstOrDefault()
            ?? throw new ArgumentException($"There is no {nameof(JudgeCaseContext)}, which says what case is answered.", nameof(additionalContext));
        CaseAnswer answer = new() { Case = context.Case, Text = modelResponse.Text, FinishReason = modelResponse.FinishReason?.Value, Model = modelResponse.ModelId };
        CaseScore score = await LongBenchChat.JudgeOneAsync(answer, _judge, _options, cancellationToken).ConfigureAwait(false);
        EvaluationResult result = score.ToEvaluationResult(_options.Min, _options.Max);
        result.AddOrUpdateContextInAllMetrics(context);
        return result;
    }
}
