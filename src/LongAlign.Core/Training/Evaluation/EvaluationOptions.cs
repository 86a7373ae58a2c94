namespace LongAlign.Training;

/// <summary>The options of <see cref="LongAlignTrainerBuilder.EvaluateEvery"/>.</summary>
public sealed class EvaluationOptions
{
    /// <summary>Gets or sets the most tokens of a pack of held-out sequences, or of padded rows with their padding; a longer sequence stands alone.</summary>
    /// <value>8,192 by default. Without gradients a pack takes a fraction of the memory that it takes in training.</value>
    public int Capacity { get; set; } = 8_192;

    /// <summary>Gets or sets after how many evaluations in a row without improvement the run ends.</summary>
    /// <value>Null by default: the run goes on to its last step.</value>
    public int? Patience { get; set; }

    /// <summary>Gets or sets by how much <see cref="EvaluationReport.Loss"/> must fall below the last improvement to count as another one.</summary>
    /// <value>0 by default: any fall counts.</value>
    public double MinImprovement { get; set; }

    internal void Validate(int every, ICollection<string> faults)
    {
        Expect(every >= 1, $"{every} steps; expected at least 1.");
        Expect(Capacity >= 1, $"Capacity is {Capacity}; expected at least 1.");
        Expect(Patience is null or >= 1, $"Patience is {Patience}; expected at least 1, or null for no early stop.");
        Expect(MinImprovement >= 0 && double.IsFinite(MinImprovement), $"MinImprovement is {MinImprovement}; expected 0 or more.");

        void Expect(bool holds, string fault)
        {
            if (!holds)
            {
                faults.Add($"EvaluateEvery: {fault}");
            }
        }
    }
}
