using System.Collections.Immutable;
using LongAlign.Distributed;

namespace LongAlign.Training;

/// <summary>Calls a run's callbacks. One that may fail is logged and not called again.</summary>
internal sealed class RunCallbacks(TrainerSetup setup, RankVote vote, WeightUpdate update, int totalSteps)
{
    private readonly List<TrainingCallbackEntry> _callbacks = [.. setup.Callbacks];
    private readonly TrainingContext _context = new(setup, update, totalSteps);

    /// <summary>Why a callback has ended the run; null where none has.</summary>
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
        _context.Progress = progress with
        {
            Metrics = _context.TakeMetrics().Concat(progress.Metrics).DistinctBy(metric => metric.Key).ToImmutableSortedDictionary(StringComparer.Ordinal),
        };
        return _context.Progress;
    }

    public void AfterEvaluation(EvaluationReport report) => Call(report.Step, (callback, context) => callback.AfterEvaluation(context, report));

    public void AfterCheckpoint(int stepsDone, string folder) => Call(stepsDone, (callback, context) => callback.AfterCheckpoint(context, folder));

    public void AtEnd(TrainingResult result) => Call(result.Steps, (callback, context) => callback.AtEnd(context, result));

    /// <summary>Whether a callback of any rank has asked for an evaluation since the last time.</summary>
    public bool TakeEvaluationRequest() => IsAny(_context.TakeEvaluationRequest());

    /// <summary>Whether a callback of any rank has asked for a checkpoint since the last time.</summary>
    public bool TakeCheckpointRequest() => IsAny(_context.TakeCheckpointRequest());

    /// <summary>Whether a callback of any rank has stopped the run.</summary>
    public bool IsStopDue()
    {
        if (!IsAny(_context.StopReason is not null))
        {
            return false;
        }

        StopReason = _context.StopReason ?? "another rank stopped the run";
        TrainingLog.StoppedByCallback(setup.Logger, _context.Step, StopReason);
        return true;
    }

    private bool IsAny(bool here) => setup.Callbacks is not [] && vote.IsAny(here);

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
