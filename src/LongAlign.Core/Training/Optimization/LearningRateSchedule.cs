namespace LongAlign.Training;

/// <summary>
/// The learning rate over a run, as a factor of the base rate. A function of the step number alone: nothing is to be saved
/// for a run that continues.
/// </summary>
/// <remarks>
/// The factor rises linearly from 0 at step 0 to 1 at the end of the warm-up, as in Hugging Face's schedules, and where it falls
/// then, it would reach the least factor one step after the last. Immutable.
/// </remarks>
/// <example>
/// <code>
/// LearningRateSchedule cosine = LearningRateSchedule.Cosine(warmupRatio: 0.03, leastFactor: 0.1);
/// double rate = 2e-5 * cosine.GetFactor(step: 100, totalSteps: 1_000);
/// LearningRateSchedule own = LearningRateSchedule.FromFunction("half-life 200", (step, totalSteps) => Math.Pow(0.5, step / 200.0));
/// </code>
/// </example>
public sealed class LearningRateSchedule
{
    private readonly string _name;
    private readonly Func<int, int, double> _factor;

    private LearningRateSchedule(string name, FormattableString parameters, Func<int, int, double> factor)
    {
        _name = name;
        _factor = factor;
        Description = $"{name}({FormattableString.Invariant(parameters)})";
    }

    /// <summary>The name, keys and numbers that decide the factor, the same in every culture. Checkpoints hold them.</summary>
    internal string Description { get; }

    /// <summary>Makes a schedule with the base rate throughout, after the warm-up.</summary>
    /// <param name="warmupRatio">Share of all steps, rounded up, in which the rate rises; 0 by default. The last step is never one of them.</param>
    /// <param name="warmupSteps">The same as a number of steps; 0 by default.</param>
    /// <returns>The schedule.</returns>
    /// <exception cref="ArgumentException">Both are given, or one is out of range.</exception>
    public static LearningRateSchedule Constant(double warmupRatio = 0, int warmupSteps = 0)
        => WithWarmup("constant", $"", warmupRatio, warmupSteps, leastFactor: 0, (_, _, _) => 1);

    /// <summary>Makes a schedule that falls in a straight line, after the warm-up, to the least factor at the end of the run.</summary>
    /// <param name="warmupRatio">Share of all steps, rounded up, in which the rate rises; 0 by default. The last step is never one of them.</param>
    /// <param name="warmupSteps">The same as a number of steps; 0 by default.</param>
    /// <param name="leastFactor">The factor at which the decay ends, from 0 to 1; 0 by default.</param>
    /// <returns>The schedule.</returns>
    /// <exception cref="ArgumentException">Ratio and steps are both given, or a number is out of range.</exception>
    public static LearningRateSchedule Linear(double warmupRatio = 0, int warmupSteps = 0, double leastFactor = 0)
        => WithWarmup("linear", $", least-factor={leastFactor}", warmupRatio, warmupSteps, leastFactor, (step, warmup, total) => 1 - Progress(step, warmup, total));

    /// <summary>Makes a schedule that falls as half a cosine, after the warm-up, to the least factor at the end of the run (the paper's, with 0).</summary>
    /// <inheritdoc cref="Linear"/>
    public static LearningRateSchedule Cosine(double warmupRatio = 0, int warmupSteps = 0, double leastFactor = 0)
        => WithWarmup(
            "cosine", $", least-factor={leastFactor}", warmupRatio, warmupSteps, leastFactor, (step, warmup, total) => 0.5 * (1 + Math.Cos(Math.PI * Progress(step, warmup, total))));

    /// <summary>
    /// After the warm-up the base rate, and over the last share of the steps a straight line down to the least factor (Hu et al. 2024): runs of
    /// several lengths can branch off from one.
    /// </summary>
    /// <param name="decayRatio">Share of all steps, rounded up, in which the rate falls; more than 0, at most 1. It begins after the warm-up at the earliest.</param>
    /// <param name="warmupRatio">Share of all steps, rounded up, in which the rate rises; 0 by default. The last step is never one of them.</param>
    /// <param name="warmupSteps">The same as a number of steps; 0 by default.</param>
    /// <param name="leastFactor">The factor at which the decay ends, from 0 to 1; 0 by default.</param>
    /// <returns>The schedule.</returns>
    /// <exception cref="ArgumentException">Ratio and steps of the warm-up are both given, or a number is out of range.</exception>
    public static LearningRateSchedule WarmupStableDecay(double decayRatio, double warmupRatio = 0, int warmupSteps = 0, double leastFactor = 0)
    {
        if (!(decayRatio is > 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(decayRatio), decayRatio, "The decay ratio must be more than 0 and at most 1.");
        }

        return WithWarmup(
            "warmup-stable-decay", $", decay-ratio={decayRatio}, least-factor={leastFactor}", warmupRatio, warmupSteps, leastFactor,
            (step, warmup, total) => 1 - Progress(step, Math.Max(warmup, total - (int)Math.Ceiling(decayRatio * total)), total));
    }

    /// <summary>Your own schedule.</summary>
    /// <param name="name">Its name, with the numbers that it depends on: a run resumes only with a schedule of the same name.</param>
    /// <param name="factor">The factor of the base rate from the optimizer step, from 0, and the steps of the whole run; finite and at least 0. The same numbers always give the same factor.</param>
    /// <returns>The schedule.</returns>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty.</exception>
    public static LearningRateSchedule FromFunction(string name, Func<int, int, double> factor)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(factor);
        return new(name, $"own", factor);
    }

    /// <summary>The factor of the base rate at a step.</summary>
    /// <param name="step">The optimizer step, from 0.</param>
    /// <param name="totalSteps">Optimizer steps of the whole run.</param>
    /// <returns>From 0 to 1; what the function of <see cref="FromFunction"/> gives may be more.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative.</exception>
    /// <exception cref="InvalidOperationException">The function of <see cref="FromFunction"/> gave a factor that is negative or not finite.</exception>
    public double GetFactor(int step, int totalSteps)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfNegative(totalSteps);
        double factor = _factor(step, totalSteps);
        return double.IsFinite(factor) && factor >= 0
            ? factor
            : throw new InvalidOperationException(
                FormattableString.Invariant($"The learning rate schedule '{_name}' gives the factor {factor} at step {step} of {totalSteps}; expected a finite number of at least 0."));
    }

    /// <summary>A warm-up, and then a decay from 1 to 0 at (step, warm-up steps, total steps), which the least factor lifts.</summary>
    private static LearningRateSchedule WithWarmup(
        string name, FormattableString parameters, double warmupRatio, int warmupSteps, double leastFactor, Func<int, int, int, double> decay)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(warmupSteps);
        if (!(warmupRatio is >= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(warmupRatio), warmupRatio, "The warm-up ratio must be from 0 to less than 1.");
        }

        if (!(leastFactor is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(leastFactor), leastFactor, "The least factor must be from 0 to 1.");
        }

        if (warmupRatio > 0 && warmupSteps > 0)
        {
            throw new ArgumentException($"Give the warm-up as a ratio ({warmupRatio}) or as steps ({warmupSteps}), not both.");
        }

        return new(name, $"warmup-ratio={warmupRatio}, warmup-steps={warmupSteps}{FormattableString.Invariant(parameters)}", (step, totalSteps) =>
        {
            int warmup = Math.Max(warmupSteps, (int)Math.Ceiling(warmupRatio * totalSteps));
            warmup = Math.Clamp(warmup, 0, Math.Max(0, totalSteps - 1)); // the rate of step 0 is 0: a run that is all warm-up may learn nothing
            return step < warmup ? (double)step / warmup : leastFactor + ((1 - leastFactor) * decay(step, warmup, totalSteps));
        });
    }

    /// <summary>The position of a step between a start and an end, from 0 to 1.</summary>
    private static double Progress(int step, int start, int end) => Math.Clamp((double)(step - start) / Math.Max(1, end - start), 0, 1);
}
