using System.Collections.Immutable;
using LongAlign.Distributed;

namespace LongAlign.Training;

/// <summary>Calls a run's callbacks. One that may fail is logged and not called again.</summary>
internal sealed class RunCallbacks(TrainerSetup setup, RankVote vote, int totalSteps)
{
    private readonly List<TrainingCallbackEntry> _callbacks = [.. setup.Callbacks];
    private readonly TrainingContext _context = new(setup, totalSteps);

    /// <summary>Why a callback wants the run to end; null where none does.</summary>
    public string? StopReason { get; private set; }

    public void BeforeStep(int stepsDone) => Call(stepsDone, (callback, context) => callback.BeforeStep(context));

    /// <summary>Returns the report with the metrics that were added.</summary>
    public TrainingProgress AfterStep(TrainingProgress progress)
    {
        if (setup.Callbacks is [])
        {
            return progress;
        }

        _context.Progress = progress;
        Call(progress.Step, (callback, context) => callback.AfterStep(context));
        IReadOnlyDictionary<string, double> added = _context.TakeMetrics();
        return added.Count == 0 ? progress : _context.Progress = progress with { Metrics = added.Concat(progress.Metrics).DistinctBy(metric => metric.Key).ToImmutableSortedDictionary(StringComparer.Ordinal) };
    }

    public void AfterEvaluation(EvaluationReport report) => Call(report.Step, (callback, context) => callback.AfterEvaluation(context, report));

    public void AfterCheckpoint(int stepsDone, string folder) => Call(stepsDone, (callback, context) => callback.AfterCheckpoint(context, folder));

    public void AtEnd(TrainingResult result) => Call(result.Steps, (callback, context) => callback.AtEnd(context, result));

    /// <summary>What callbacks have asked for since the last time, on any rank.</summary>
    public (bool Evaluate, bool Save) TakeRequests()
    {
        if (setup.Callbacks is [])
        {
            return default;
        }

        (StopReason, bool evaluate, bool save) = _context.TakeRequests(vote);
        return (evaluate, save);
    }

    private void Call(int stepsDone, Action<ITrainingCallback, TrainingContext> call)
    {
        _context.Step = stepsDone;
        foreach (TrainingCallbackEntry entry in _callbacks.ToArray())
        {
            try
            {
                call(entry.Callback, _context);
            }
            catch (Exception e) when (!entry.EndsRunOnError)
            {
                _callbacks.Remove(entry);
                TrainingLog.CallbackDropped(setup.Logger, e, entry.Callback.GetType().Name);
            }
        }
    }
}
