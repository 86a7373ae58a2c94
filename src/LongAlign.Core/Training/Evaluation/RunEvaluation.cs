namespace LongAlign.Training;

/// <summary>Evaluates during one run: before its first step, every few steps, and after the last. Does nothing where nothing is held out.</summary>
internal sealed class RunEvaluation(
    TrainerSetup setup, int totalSteps, IEnumerable<EvaluationReport> before, RunMeter meter, ProgressSinks sinks, RunCallbacks callbacks, CancellationToken cancellationToken)
{
    /// <summary>The evaluations so far, those before the run was resumed included.</summary>
    public EvaluationHistory History { get; } = new(setup.Evaluator?.Options, before);

    /// <summary>Whether the run is to end because evaluations no longer improve.</summary>
    public bool IsStopDue => History.IsStopDue && History.Latest?.Step < totalSteps;

    /// <summary>Evaluates where that is due and has not been done at this very step, unless the run is being cancelled.</summary>
    /// <param name="stepsDone">The steps done.</param>
    /// <param name="isAskedFor">Whether it is due though it is not planned.</param>
    public void AfterStep(int stepsDone, bool isAskedFor = false)
    {
        if (setup.Evaluator is not { } evaluator || History.Latest?.Step == stepsDone || cancellationToken.IsCancellationRequested
            || (!isAskedFor && stepsDone % evaluator.Every != 0 && stepsDone != totalSteps))
        {
            return;
        }

        EvaluationReport report = evaluator.Run(setup, stepsDone);
        History.Add(report);
        meter.Add(report);
        sinks.Report(report);
        callbacks.AfterEvaluation(report);
        if (IsStopDue)
        {
            TrainingLog.StoppingEarly(setup.Logger, stepsDone, evaluator.Options.Patience);
        }
    }

    /// <summary>Evaluations from a step, that after it included, to the end of the run.</summary>
    public int CountFrom(int step)
        => setup.Evaluator is { Every: var every } ? (totalSteps / every) - ((step - 1) / every) + (totalSteps % every == 0 ? 0 : 1) : 0;
}
