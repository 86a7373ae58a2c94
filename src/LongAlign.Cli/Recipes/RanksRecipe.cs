using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LongAlign.Distributed;

namespace LongAlign.Cli.Recipes;

/// <summary>The section of a recipe on ranks and what they share.</summary>
internal sealed record RanksRecipe
{
    [Description("The state of which each process holds only a share: none, optimizer-state, gradients too, or parameters too (needs gradient-checkpointing).")]
    public Sharding Sharding { get; init; } = Sharding.None;

    [Description("Processes that share each pack, for activations of which one device can't hold a whole pack; the number of processes is a multiple of it.")]
    [Range(1, int.MaxValue)]
    public int SequenceParallelism { get; init; } = 1;
}
