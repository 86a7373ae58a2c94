using LongAlign.Losses;
using Microsoft.Extensions.Logging;

namespace LongAlign.Training;

internal static partial class TrainingLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Training {Steps} steps, {StepsPerEpoch} an epoch, loss by {Reduction}")]
    public static partial void Started(ILogger logger, int steps, int stepsPerEpoch, LossReduction reduction);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Progress}")]
    public static partial void Stepped(ILogger logger, TrainingProgress progress);

    [LoggerMessage(Level = LogLevel.Information, Message = "Trained {Steps} steps (cancelled: {IsCancelled}), {TokensPerSecond:F0} tokens/s, padding {PaddingShare:P1}")]
    public static partial void Ended(ILogger logger, int steps, bool isCancelled, double tokensPerSecond, double paddingShare);
}
