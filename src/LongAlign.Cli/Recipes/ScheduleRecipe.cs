using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LongAlign.Training;

namespace LongAlign.Cli.Recipes;

/// <summary>The learning rate over the run.</summary>
internal sealed record ScheduleRecipe
{
    [Description("The course of the rate after the warm-up.")]
    public ScheduleKind Kind { get; init; } = ScheduleKind.Cosine;

    [Description("The share of the steps in which it rises from 0.")]
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double WarmupRatio { get; init; } = 0.03;

    [Description("The number of those steps; where it is set, the ratio does not count.")]
    [Range(0, int.MaxValue)]
    public int? WarmupSteps { get; init; }

    [Description("The share of the peak rate at which it ends; not for constant.")]
    [Range(0.0, 1.0)]
    public double LeastFactor { get; init; }

    [Description("The share of the steps in which it falls; for warmup-stable-decay, where it is a tenth unless set.")]
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double? DecayRatio { get; init; }

    /// <summary>The schedule that these numbers describe.</summary>
    /// <exception cref="RecipeException">A number does not go with the kind.</exception>
    public LearningRateSchedule ToSchedule()
    {
        string kind = RecipeProperty.KeyOf(Kind.ToString());
        if (Kind == ScheduleKind.Constant && LeastFactor > 0)
        {
            throw new RecipeException($"schedule.least-factor can't be combined with {kind}, which does not fall.");
        }

        if (Kind != ScheduleKind.WarmupStableDecay && DecayRatio is not null)
        {
            throw new RecipeException($"schedule.decay-ratio applies to warmup-stable-decay only; the kind is {kind}.");
        }

        (double ratio, int steps) = WarmupSteps is { } warmupSteps ? (0, warmupSteps) : (WarmupRatio, 0);
        return Kind switch
        {
            ScheduleKind.Linear => LearningRateSchedule.Linear(ratio, steps, LeastFactor),
            ScheduleKind.Constant => LearningRateSchedule.Constant(ratio, steps),
            ScheduleKind.WarmupStableDecay => LearningRateSchedule.WarmupStableDecay(DecayRatio ?? 0.1, ratio, steps, LeastFactor),
            _ => LearningRateSchedule.Cosine(ratio, steps, LeastFactor),
        };
    }
}
