using TorchSharp.Modules;

namespace LongAlign.Training;

/// <summary>A group of parameters with separate options of AdamW.</summary>
public sealed class AdamWGroup
{
    /// <summary>Gets the function that says, by name and parameter, whether a parameter is in the group.</summary>
    public required Func<string, Parameter, bool> Contains { get; init; }

    /// <summary>Gets the factor of the learning rate, such as 16 for the second matrices of adapters (LoRA+).</summary>
    /// <value>1 by default; 0 or more.</value>
    public double LearningRateFactor { get; init; } = 1;

    /// <summary>Gets the decoupled weight decay.</summary>
    /// <value>Null by default: that of <see cref="AdamWOptions.WeightDecay"/>.</value>
    public double? WeightDecay { get; init; }
}
