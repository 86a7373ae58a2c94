namespace LongAlign.Training;

/// <summary>A user's code that runs during training: it can stop the run, ask for an evaluation or a checkpoint, add metrics or read the model.</summary>
/// <remarks>
/// <para>
/// Implement what you need. Callbacks are called on the thread of the run, in the order in which <see cref="LongAlignTrainerBuilder.UseCallback"/>
/// was called. Training runs as if there were no callback, bit for bit, unless one changes the model; use
/// <see cref="TrainingContext.RunUndisturbed"/> to run it.
/// </para>
/// <para>
/// On several ranks every rank calls its callbacks, at the same moments. A request of one rank holds for all; metrics are those of rank 0. A
/// callback that talks to other ranks must do so on all of them; one that writes files does so where <see cref="TrainingContext.Rank"/> is 0.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// // UseCallback(new StopBelow(1.5)) ends the run once the held-out loss is low enough.
/// public sealed class StopBelow(double loss) : ITrainingCallback
/// {
///     public void AfterEvaluation(TrainingContext context, EvaluationReport report)
///     {
///         if (report.Loss &lt; loss)
///         {
///             context.Stop($"the held-out loss is {report.Loss:F2}");
///         }
///     }
/// }
/// </code>
/// </example>
public interface ITrainingCallback
{
    /// <summary>Called before the first micro-batch of a step.</summary>
    /// <param name="context">The run; no progress yet if this is its first step.</param>
    void BeforeStep(TrainingContext context)
    {
    }

    /// <summary>Called after the update of a step, before sinks are told of it: metrics that are added now belong to the step.</summary>
    /// <param name="context">The run.</param>
    void AfterStep(TrainingContext context)
    {
    }

    /// <summary>Called after an evaluation, also that before the first step.</summary>
    /// <param name="context">The run.</param>
    /// <param name="report">Its result.</param>
    void AfterEvaluation(TrainingContext context, EvaluationReport report)
    {
    }

    /// <summary>Called after a checkpoint was written.</summary>
    /// <param name="context">The run.</param>
    /// <param name="folder">Its folder.</param>
    void AfterCheckpoint(TrainingContext context, string folder)
    {
    }

    /// <summary>Called after the last step, also of a run that stops early or is cancelled; not of one that fails.</summary>
    /// <param name="context">The run; requests have no effect any more.</param>
    /// <param name="result">The result of the run.</param>
    void AtEnd(TrainingContext context, TrainingResult result)
    {
    }
}
