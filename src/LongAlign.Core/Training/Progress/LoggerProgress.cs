using Microsoft.Extensions.Logging;

namespace LongAlign.Training;

/// <summary>Logs steps at debug level and evaluations at information level.</summary>
internal sealed class LoggerProgress(ILogger logger) : IProgress<TrainingProgress>, IProgress<EvaluationReport>
{
    public void Report(TrainingProgress value) => TrainingLog.Stepped(logger, value);

    public void Report(EvaluationReport value) => TrainingLog.Evaluated(logger, value);
}
