using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace LongAlign.Cli.Recipes;

/// <summary>The loss on held-out conversations.</summary>
internal sealed record EvaluationRecipe
{
    [Description("Conversations that are held out and only evaluated; 0 for no evaluation.")]
    [Range(0, int.MaxValue)]
    public int HoldOut { get; init; }

    [Description("Steps from one evaluation to the next.")]
    [Range(1, int.MaxValue)]
    public int EverySteps { get; init; } = 50;

    [Description("The most tokens of a pack of held-out conversations; a conversation that is longer gets its own pack.")]
    [Range(1, int.MaxValue)]
    public int Capacity { get; init; } = 8_192;

    [Description("Evaluations without improvement after which the run ends; without it the run continues to its last step.")]
    [Range(1, int.MaxValue)]
    public int? Patience { get; init; }

    [Description("The least fall of the loss that counts as an improvement.")]
    [Range(0.0, double.MaxValue)]
    public double MinImprovement { get; init; }
}
