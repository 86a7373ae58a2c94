using System.Collections.Immutable;
using LongAlign.Distributed;
using Microsoft.Extensions.Logging;

namespace LongAlign.Training;

/// <summary>Calls a run's callbacks. One that may fail is logged and not called again.</summary>
/// <param name="callbacks">The callbacks, and whether the failure of one is the run's.</param>
/// <param name="context">What they see.</param>
/// <param name="vote">What one rank asks for holds for all.</param>
/// <param name="logger">Told of a stop and of failures.</param>
internal sealed class RunCallbacks(IReadOnlyCollection<(ITrainingCallback Callback, bool EndsRunOnError)> callbacks, TrainingContext context, RankVote vote, ILogger logger)
{
    private readonly List<(ITrainingCallback Callback, bool EndsRunOnError)> _callbacks = [.. callbacks];
    private readonly bool _hasCallbacks = callbacks.Count > 0; // dropped callbacks count, too: all ranks must vote the same number of times

    /// <summary>The reason why a callback has ended the run; null where none has.</summary>
    public string? StopReason { get; private set; }

    public void BeforeStep(int stepsDone) => Call(stepsDone, callback => callback.BeforeStep(context));

    /// <summary>Returns the report with the metrics that were added.</summary>
    public TrainingProgress AfterStep(TrainingProgress progress)
    {
        if (!_hasCallbacks)
        {
            return progress;
        }

        context.Progress = progress;
        Call(progress.Step, callback => callback.AfterStep(context));
        context.Progress = progress with
        {
            Metrics = context.TakeMetrics().Concat(progress.Metrics).DistinctBy(metric => metric.Key).ToImmutableSortedDictionary(StringComparer.Ordinal),
        };
        return context.Progress;
    }

    public void AfterEvaluation(EvaluationReport report) => Call(report.Step, callback => callback.AfterEvaluation(context, report));

    public void AfterCheckpoint(int stepsDone, string folder) => Call(stepsDone, callback => callback.AfterCheckpoint(context, folder));

    public void AtEnd(TrainingResult result) => Call(result.Steps, callback => callback.AtEnd(context, result));

    /// <summary>Whether a callback of any rank has asked for an evaluation since the last time.</summary>
    public bool TakeEvaluationRequest() => IsAny(context.TakeEvaluationRequest());

    /// <summary>Whether a callback of any rank has asked for a checkpoint since the last time.</summary>
    public bool TakeCheckpointRequest() => IsAny(context.TakeCheckpointRequest());

    /// <summary>Whether a callback of any rank has stopped the run.</summary>
    public bool IsStopDue()
    {
        if (!IsAny(context.StopReason is not null))
        {
            return false;
        }

        StopReason = context.StopReason ?? "another rank stopped the run";
        TrainingLog.StoppedByCallback(logger, context.Step, StopReason);
        return true;
    }

    private bool IsAny(bool here) => _hasCallbacks && vote.IsAny(here);

    private void Call(int stepsDone, Action<ITrainingCallback> call)
    {
        context.Step = stepsDone;
        foreach ((ITrainingCallback Callback, bool EndsRunOnError) entry in _callbacks.ToArray())
        {
            try
            {
                call(entry.Callback);
            }
            catch (Exception e) when (!entry.EndsRunOnError)
            {
                _callbacks.Remove(entry);
                TrainingLog.CallbackDropped(logger, e, entry.Callback.GetType().Name);
            }
        }
    }
}
