namespace LongAlign.Training;

/// <summary>The counts of a run up to its last whole step; a resumed run begins with them.</summary>
internal sealed record RunTotals
{
    public long Tokens { get; init; }

    public long PaddingTokens { get; init; }

    public long TargetTokens { get; init; }

    public long Sequences { get; init; }

    /// <summary>Steps without an update, because their loss or gradient norm was not finite.</summary>
    public int SkippedSteps { get; init; }

    /// <summary>The number of them at the end of the run, in a row.</summary>
    public int SkippedInARow { get; init; }

    public TimeSpan Elapsed { get; init; }
}
