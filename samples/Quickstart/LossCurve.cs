using LongAlign.Training;

namespace Quickstart;

/// <summary>The held-out loss of a run against the time that it trained.</summary>
/// <param name="Method">The batching.</param>
/// <param name="Seconds">Seconds of training, evaluations not counted, ascending from 0.</param>
/// <param name="Losses">The loss at each of these moments.</param>
internal sealed record LossCurve(string Method, double[] Seconds, double[] Losses)
{
    /// <summary>Puts together what a run reported.</summary>
    /// <param name="method">The batching.</param>
    /// <param name="secondsAfterStep">Seconds of training after each step.</param>
    /// <param name="evaluations">In order.</param>
    public static LossCurve Of(string method, double[] secondsAfterStep, IReadOnlyList<EvaluationReport> evaluations) => new(
        method,
        [.. evaluations.Select(evaluation => evaluation.Step == 0 ? 0 : secondsAfterStep[evaluation.Step - 1])],
        [.. evaluations.Select(evaluation => evaluation.SequenceLoss)]);
}
