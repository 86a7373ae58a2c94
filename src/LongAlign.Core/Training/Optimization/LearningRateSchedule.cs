using System.Globalization;

namespace LongAlign.Training;

/// <summary>
/// The learning rate over a run, as a factor of the base rate. A function of the step number alone: nothing is to be saved
/// for a run that continues.
/// </summary>
/// <remarks>
/// The factor rises linearly from 0 at step 0 to 1 at the end of the warm-up, as in Hugging Face's schedules. Immutable.
/// </remarks>
public sealed class LearningRateSchedule
{
    private readonly Func<double, double> _decay;
    private readonly double _warmupRatio;
    private readonly int _warmupSteps;

    private LearningRateSchedule(string name, Func<double, double> decay, double warmupRatio, int warmupSteps)
    {
        Description = string.Create(CultureInfo.InvariantCulture, $"{name}, warm-up of {(warmupSteps > 0 ? $"{warmupSteps} steps" : $"{warmupRatio} of all steps")}");
        ArgumentOutOfRangeException.ThrowIfNegative(warmupSteps);
        if (!(warmupRatio is >= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(warmupRatio), warmupRatio, "The warm-up ratio must be from 0 to less than 1.");
        }

        if (warmupRatio > 0 && warmupSteps > 0)
        {
            throw new ArgumentException($"Give the warm-up as a ratio ({warmupRatio}) or as steps ({warmupSteps}), not both.");
        }

        _decay = decay;
        _warmupRatio = warmupRatio;
        _warmupSteps = warmupSteps;
    }

    /// <summary>What decides the factor, in words.</summary>
    internal string Description { get; }

    /// <summary>The base rate throughout, after the warm-up.</summary>
    /// <param name="warmupRatio">Share of all steps, rounded up, in which the rate rises; 0 by default. The last step is never one of them.</param>
    /// <param name="warmupSteps">The same as a number of steps; 0 by default.</param>
    /// <returns>The schedule.</returns>
    /// <exception cref="ArgumentException">Both are given, or one is out of range.</exception>
    public static LearningRateSchedule Constant(double warmupRatio = 0, int warmupSteps = 0)
        => new("constant", _ => 1, warmupRatio, warmupSteps);

    /// <summary>After the warm-up, a straight line down to 0 at the last step.</summary>
    /// <inheritdoc cref="Constant"/>
    public static LearningRateSchedule Linear(double warmupRatio = 0, int warmupSteps = 0)
        => new("linear", progress => 1 - progress, warmupRatio, warmupSteps);

    /// <summary>After the warm-up, half a cosine down to 0 at the last step (the paper's).</summary>
    /// <inheritdoc cref="Constant"/>
    public static LearningRateSchedule Cosine(double warmupRatio = 0, int warmupSteps = 0)
        => new("cosine", progress => 0.5 * (1 + Math.Cos(Math.PI * progress)), warmupRatio, warmupSteps);

    /// <summary>The factor of the base rate at a step.</summary>
    /// <param name="step">The optimizer step, from 0.</param>
    /// <param name="totalSteps">Optimizer steps of the whole run.</param>
    /// <returns>From 0 to 1.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative.</exception>
    public double GetFactor(int step, int totalSteps)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfNegative(totalSteps);
        int warmup = Math.Max(_warmupSteps, (int)Math.Ceiling(_warmupRatio * totalSteps));
        warmup = Math.Clamp(warmup, 0, Math.Max(0, totalSteps - 1)); // the rate of step 0 is 0: a run that is all warm-up may learn nothing
        return step < warmup
            ? (double)step / warmup
            : _decay(Math.Clamp((double)(step - warmup) / Math.Max(1, totalSteps - warmup), 0, 1));
    }
}
