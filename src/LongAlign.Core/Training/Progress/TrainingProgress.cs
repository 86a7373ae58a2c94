using System.Collections.Immutable;
using System.Globalization;

namespace LongAlign.Training;

/// <summary>The figures of an optimizer step and of the run so far.</summary>
public sealed record TrainingProgress
{
    /// <summary>Gets the number of steps done, from 1.</summary>
    public required int Step { get; init; }

    /// <summary>Gets the steps of the whole run.</summary>
    public required int TotalSteps { get; init; }

    /// <summary>Gets the epoch of the step, from 0.</summary>
    public required int Epoch { get; init; }

    /// <summary>Gets the loss of the step, before its update, in nats: the number that training minimises, by the reduction of the run.</summary>
    public required double Loss { get; init; }

    /// <summary>Gets the loss of the step with every sequence counting the same (Eq. 2), in nats, whatever the reduction of the run; NaN where your own loss does not give it.</summary>
    public required double SequenceLoss { get; init; }

    /// <summary>Gets the mean cross entropy of the step's target tokens, in nats, whatever the reduction of the run; NaN where your own loss does not give it.</summary>
    public required double TokenLoss { get; init; }

    /// <summary>Gets the learning rate of the step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Gets the L2 norm of all gradients, before clipping.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>Gets whether the step changed nothing, because its loss or the norm of its gradients is not finite.</summary>
    public bool IsSkipped => !double.IsFinite(Loss) || !double.IsFinite(GradientNorm);

    /// <summary>Gets the number of steps of the run that changed nothing so far (<see cref="IsSkipped"/>).</summary>
    public int SkippedSteps { get; init; }

    /// <summary>Gets the tokens of the step, without padding.</summary>
    public required long Tokens { get; init; }

    /// <summary>Gets the target tokens of the step.</summary>
    public required long TargetTokens { get; init; }

    /// <summary>Gets the time of the step: from the end of the step before, its wait for batches included, evaluations not.</summary>
    public required TimeSpan StepTime { get; init; }

    /// <summary>
    /// Gets the share of their time in which the ranks waited for batches or for the slowest of them, from 0 to 1, from the sum of the step
    /// before to that of this step; near 0 where data is made fast enough and the steps are balanced.
    /// </summary>
    public required double IdleShare { get; init; }

    /// <summary>
    /// Gets how long this rank has exchanged gradients and weights with others in the step, without the wait for them (<see cref="IdleShare"/>);
    /// zero on one rank without sharding.
    /// </summary>
    public TimeSpan CommunicationTime { get; init; }

    /// <summary>Gets the tokens without padding per second, over the run so far; the time of evaluations does not count.</summary>
    public required double TokensPerSecond { get; init; }

    /// <summary>Gets the tokens without padding per second, of the step.</summary>
    public double StepTokensPerSecond => Tokens / Math.Max(StepTime.TotalSeconds, double.Epsilon);

    /// <summary>Gets the share of padding among all tokens of the run so far, from 0 to 1.</summary>
    public required double PaddingShare { get; init; }

    /// <summary>Gets the time since the run began, evaluations included.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Gets the estimated time to the end of the run, from the mean step and the mean evaluation so far.</summary>
    public required TimeSpan Remaining { get; init; }

    /// <summary>
    /// Gets the most memory that the process has held so far: its peak resident set, model, optimizer and what the program did before the
    /// run included. Memory of a GPU does not count: TorchSharp does not report it.
    /// </summary>
    /// <value>Bytes; 0 where the operating system does not say.</value>
    public required long PeakMemoryBytes { get; init; }

    /// <summary>Gets the metrics of the run's own loss and of its callbacks (<see cref="TrainingContext.AddMetric"/>), by name.</summary>
    /// <value>Empty by default.</value>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = ImmutableSortedDictionary<string, double>.Empty;

    /// <summary>One line for a console.</summary>
    /// <returns>Step, loss, learning rate, tokens per second, padding share and time left.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"step {Step}/{TotalSteps}  loss {Loss:F4}  lr {LearningRate:0.00e+0}  {TokensPerSecond:N0} tokens/s  padding {PaddingShare:P1}  {Remaining:h\\:mm\\:ss} left");
}
