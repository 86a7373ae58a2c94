using Microsoft.Extensions.Logging;

namespace LongAlign.Training;

/// <summary>
/// Hands reports to all sinks. A sink that throws is logged once, as a warning, and not called again: a full disk under a
/// log must not end a run.
/// </summary>
internal sealed class ProgressSinks
{
    private readonly IReadOnlyList<IProgress<TrainingProgress>> _steps;
    private readonly IReadOnlyList<IProgress<EvaluationReport>> _evaluations;
    private readonly ILogger _logger;
    private readonly HashSet<object> _failed = new(ReferenceEqualityComparer.Instance);

    public ProgressSinks(IEnumerable<IProgress<TrainingProgress>> steps, IEnumerable<IProgress<EvaluationReport>> evaluations, ILogger logger, int run)
    {
        TelemetryProgress telemetry = new(run);
        LoggerProgress log = new(logger);
        _steps = [telemetry, log, .. steps];
        _evaluations = [telemetry, log, .. evaluations];
        _logger = logger;
    }

    public void Report(TrainingProgress progress) => Report(_steps, progress);

    public void Report(EvaluationReport report) => Report(_evaluations, report);

    private void Report<T>(IReadOnlyList<IProgress<T>> sinks, T value)
    {
        foreach (IProgress<T> sink in sinks)
        {
            if (_failed.Contains(sink))
            {
                continue;
            }

            try
            {
                sink.Report(value);
            }
            catch (Exception e)
            {
                _failed.Add(sink);
                TrainingLog.SinkDropped(_logger, e, sink.GetType().Name);
            }
        }
    }
}
