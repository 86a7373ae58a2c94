using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace LongAlign.Cli.Recipes;

/// <summary>The learning rate over the run.</summary>
internal sealed record ScheduleRecipe
{
    [Description("How it falls after the warm-up.")]
    public ScheduleKind Kind { get; init; } = ScheduleKind.Cosine;

    [Description("The share of the steps in which it rises from 0.")]
    [Range(0.0, 1.0)]
    public double WarmupRatio { get; init; } = 0.03;
}
