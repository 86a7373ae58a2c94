namespace LongAlign.Training;

/// <summary>Settings of <see cref="FusedAdamW"/>; the defaults are the paper's.</summary>
/// <example>
/// <code>
/// LongAlignTrainer.CreateBuilder().UseAdamW(adamW =>
/// {
///     adamW.LearningRate = 2e-4;
///     adamW.WeightDecay = 0.1;
///     adamW.DecayNormsAndBiases = false;
///     adamW.Groups.Add(new AdamWGroup { Contains = (name, _) => name.EndsWith("lora_B", StringComparison.Ordinal), LearningRateFactor = 16 });
/// });
/// </code>
/// </example>
public sealed class AdamWOptions
{
    /// <summary>Gets or sets the base learning rate, which the schedule multiplies.</summary>
    /// <value>2e-5 by default.</value>
    public double LearningRate { get; set; } = 2e-5;

    /// <summary>Gets or sets the decay of the running mean of gradients.</summary>
    /// <value>0.9 by default.</value>
    public double Beta1 { get; set; } = 0.9;

    /// <summary>Gets or sets the decay of the running mean of squared gradients.</summary>
    /// <value>0.95 by default.</value>
    public double Beta2 { get; set; } = 0.95;

    /// <summary>Gets or sets the number that is added to the denominator.</summary>
    /// <value>1e-8 by default.</value>
    public double Epsilon { get; set; } = 1e-8;

    /// <summary>Gets or sets the decoupled weight decay.</summary>
    /// <value>0 by default.</value>
    public double WeightDecay { get; set; }

    /// <summary>Gets or sets whether parameters of fewer than two dimensions, which are norms and biases, decay too.</summary>
    /// <value>True by default: <see cref="WeightDecay"/> holds for all.</value>
    public bool DecayNormsAndBiases { get; set; } = true;

    /// <summary>Gets the groups of parameters with a separate rate or decay; the first that contains a parameter counts for it, before <see cref="DecayNormsAndBiases"/>.</summary>
    /// <value>Empty by default.</value>
    public IList<AdamWGroup> Groups { get; } = [];

    /// <summary>A copy that later changes do not reach.</summary>
    internal AdamWOptions Copy() => (AdamWOptions)MemberwiseClone();

    internal void Validate(ICollection<string> faults)
    {
        Expect(LearningRate > 0 && double.IsFinite(LearningRate), nameof(LearningRate), LearningRate, "more than 0");
        Expect(Beta1 is >= 0 and < 1, nameof(Beta1), Beta1, "from 0 to less than 1");
        Expect(Beta2 is >= 0 and < 1, nameof(Beta2), Beta2, "from 0 to less than 1");
        Expect(Epsilon > 0, nameof(Epsilon), Epsilon, "more than 0");
        Expect(WeightDecay >= 0, nameof(WeightDecay), WeightDecay, "0 or more");
        for (int i = 0; i < Groups.Count; i++)
        {
            Expect(Groups[i].LearningRateFactor >= 0 && double.IsFinite(Groups[i].LearningRateFactor), $"Groups[{i}].LearningRateFactor", Groups[i].LearningRateFactor, "0 or more");
            Expect(Groups[i].WeightDecay is null or >= 0, $"Groups[{i}].WeightDecay", Groups[i].WeightDecay ?? 0, "0 or more");
        }

        void Expect(bool holds, string name, double value, string expected)
        {
            if (!holds)
            {
                faults.Add($"UseAdamW: {name} is {value}; expected {expected}.");
            }
        }
    }
}
