using LongAlign.Losses;
using Microsoft.Extensions.Logging;

namespace LongAlign.Training;

internal static partial class TrainingLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Training {Steps} steps, {StepsPerEpoch} an epoch, loss by {Reduction}")]
    public static partial void Started(ILogger logger, int steps, int stepsPerEpoch, LossReduction reduction);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Progress}")]
    public static partial void Stepped(ILogger logger, TrainingProgress progress);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Report}")]
    public static partial void Evaluated(ILogger logger, EvaluationReport report);

    [LoggerMessage(Level = LogLevel.Information, Message = "Stopping early after step {Step}: the loss on held-out sequences has not improved in {Patience} evaluations")]
    public static partial void StoppingEarly(ILogger logger, int step, int? patience);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Sink} failed and gets no more reports; training goes on")]
    public static partial void SinkDropped(ILogger logger, Exception exception, string sink);

    [LoggerMessage(Level = LogLevel.Information, Message = "Trained {Steps} steps (cancelled: {IsCancelled}), {TokensPerSecond:F0} tokens/s, padding {PaddingShare:P1}")]
    public static partial void Ended(ILogger logger, int steps, bool isCancelled, double tokensPerSecond, double paddingShare);
}
