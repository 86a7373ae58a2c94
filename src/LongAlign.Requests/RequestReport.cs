namespace LongAlign.Requests;

/// <summary>The report on the requests of a run, by stage.</summary>
/// <param name="Stages">The stages, by name.</param>
public sealed record RequestReport(IReadOnlyList<StageReport> Stages)
{
    /// <summary>Gets the cost of all runs over the journal.</summary>
    public decimal Cost => Stages.Sum(stage => stage.Cost);

    /// <summary>Gets the cost of this run.</summary>
    public decimal CostOfThisRun => Stages.Sum(stage => stage.CostOfThisRun);

    /// <summary>Gets the possible cost of calls without a known end.</summary>
    public decimal CostInDoubt => Stages.Sum(stage => stage.CostInDoubt);

    /// <summary>One line a stage.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => string.Join(Environment.NewLine, Stages);
}
