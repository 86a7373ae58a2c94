namespace LongAlign.Training;

/// <summary>Settings of <see cref="FusedAdamW"/>; the defaults are the paper's.</summary>
public sealed record AdamWOptions
{
    /// <summary>Gets the base learning rate, which the schedule multiplies.</summary>
    /// <value>2e-5 by default.</value>
    public double LearningRate { get; init; } = 2e-5;

    /// <summary>Gets the decay of the running mean of gradients.</summary>
    /// <value>0.9 by default.</value>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Gets the decay of the running mean of squared gradients.</summary>
    /// <value>0.95 by default.</value>
    public double Beta2 { get; init; } = 0.95;

    /// <summary>Gets what is added to the denominator.</summary>
    /// <value>1e-8 by default.</value>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Gets the decoupled weight decay, applied to every parameter.</summary>
    /// <value>0 by default.</value>
    public double WeightDecay { get; init; }

    internal void Validate(ICollection<string> faults)
    {
        Expect(LearningRate > 0 && double.IsFinite(LearningRate), nameof(LearningRate), LearningRate, "more than 0");
        Expect(Beta1 is >= 0 and < 1, nameof(Beta1), Beta1, "from 0 to less than 1");
        Expect(Beta2 is >= 0 and < 1, nameof(Beta2), Beta2, "from 0 to less than 1");
        Expect(Epsilon > 0, nameof(Epsilon), Epsilon, "more than 0");
        Expect(WeightDecay >= 0, nameof(WeightDecay), WeightDecay, "0 or more");

        void Expect(bool holds, string name, double value, string expected)
        {
            if (!holds)
            {
                faults.Add($"UseAdamW: {name} is {value}; expected {expected}.");
            }
        }
    }
}
