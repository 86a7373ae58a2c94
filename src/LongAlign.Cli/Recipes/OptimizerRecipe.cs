using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace LongAlign.Cli.Recipes;

/// <summary>AdamW.</summary>
internal sealed record OptimizerRecipe
{
    [Description("The highest learning rate; 2e-5 unless set, with adapters 2e-4.")]
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public double? LearningRate { get; init; }

    [Description("The decay of the mean of gradients.")]
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Beta1 { get; init; } = 0.9;

    [Description("The decay of the mean of squared gradients.")]
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Beta2 { get; init; } = 0.95;

    [Description("Added to the denominator.")]
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public double Epsilon { get; init; } = 1e-8;

    [Description("Decoupled weight decay.")]
    [Range(0.0, double.MaxValue)]
    public double WeightDecay { get; init; }

    [Description("Whether norms and biases decay too.")]
    public bool DecayNormsAndBiases { get; init; } = true;

    [Description("The largest norm of the gradients of a step; larger ones are scaled down to it.")]
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public double MaxGradientNorm { get; init; } = 1;
}
