using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace LongAlign.Cli.Recipes;

/// <summary>The section of a recipe on checkpoints.</summary>
internal sealed record CheckpointsRecipe
{
    [Description("Steps from one checkpoint to the next; there is one after the last step, and when the run is stopped.")]
    [Range(1, int.MaxValue)]
    public int EverySteps { get; init; } = 50;

    [Description("The number of newest checkpoints to keep.")]
    [Range(1, int.MaxValue)]
    public int Keep { get; init; } = 3;

    [Description("Whether the one with the lowest evaluation loss is kept beside them.")]
    public bool KeepBest { get; init; }
}
