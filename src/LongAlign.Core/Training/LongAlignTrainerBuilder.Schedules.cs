namespace LongAlign.Training;

public sealed partial class LongAlignTrainerBuilder
{
    private LearningRateSchedule _schedule = LearningRateSchedule.Cosine(warmupRatio: 0.03);

    /// <summary>The learning rate stays the same after a warm-up.</summary>
    /// <inheritdoc cref="LearningRateSchedule.Constant" path="/param|/exception"/>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UseConstantSchedule(double warmupRatio = 0, int warmupSteps = 0)
        => UseSchedule(LearningRateSchedule.Constant(warmupRatio, warmupSteps));

    /// <summary>The learning rate falls along a line after a warm-up.</summary>
    /// <inheritdoc cref="LearningRateSchedule.Linear" path="/param|/exception"/>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UseLinearSchedule(double warmupRatio = 0, int warmupSteps = 0, double leastFactor = 0)
        => UseSchedule(LearningRateSchedule.Linear(warmupRatio, warmupSteps, leastFactor));

    /// <summary>The learning rate falls along half a cosine after a warm-up; the default, to 0 and with the paper's ratio of 0.03.</summary>
    /// <inheritdoc cref="LearningRateSchedule.Cosine" path="/param|/exception"/>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UseCosineSchedule(double warmupRatio = 0, int warmupSteps = 0, double leastFactor = 0)
        => UseSchedule(LearningRateSchedule.Cosine(warmupRatio, warmupSteps, leastFactor));

    /// <summary>The learning rate stays the same after a warm-up and falls along a line over the last share of the steps.</summary>
    /// <inheritdoc cref="LearningRateSchedule.WarmupStableDecay" path="/param|/exception"/>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UseWarmupStableDecaySchedule(double decayRatio, double warmupRatio = 0, int warmupSteps = 0, double leastFactor = 0)
        => UseSchedule(LearningRateSchedule.WarmupStableDecay(decayRatio, warmupRatio, warmupSteps, leastFactor));

    /// <summary>The learning rate follows a schedule.</summary>
    /// <param name="schedule">The schedule.</param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UseSchedule(LearningRateSchedule schedule)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        _schedule = schedule;
        return Called("a learning rate schedule");
    }

    /// <summary>The learning rate follows your own function.</summary>
    /// <inheritdoc cref="LearningRateSchedule.FromFunction" path="/param|/exception"/>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UseSchedule(string name, Func<int, int, double> factor)
        => UseSchedule(LearningRateSchedule.FromFunction(name, factor));
}
