namespace LongAlign.Training;

/// <summary>What a run has counted up to its last whole step; a run that goes on begins with it.</summary>
internal sealed record RunTotals
{
    public long Tokens { get; init; }

    public long PaddingTokens { get; init; }

    public long TargetTokens { get; init; }

    public long Sequences { get; init; }

    /// <summary>Steps without an update, because their loss or gradient norm was not finite.</summary>
    public int SkippedSteps { get; init; }

    /// <summary>How many of them the run ends with.</summary>
    public int SkippedInARow { get; init; }

    public TimeSpan Elapsed { get; init; }
}
