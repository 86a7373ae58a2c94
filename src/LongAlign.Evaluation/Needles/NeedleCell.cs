namespace LongAlign.Evaluation.Needles;

/// <summary>One cell of a needle map.</summary>
public sealed record NeedleCell
{
    /// <summary>Gets its length in tokens.</summary>
    public required int Length { get; init; }

    /// <summary>Gets its depth in per cent.</summary>
    public required double Depth { get; init; }

    /// <summary>Gets the trials, the missing ones included.</summary>
    public required int Trials { get; init; }

    /// <summary>Gets the number of them that have a score.</summary>
    public required int Scored { get; init; }

    /// <summary>Gets the mean of their scores; null where there is none.</summary>
    public double? Mean { get; init; }

    /// <summary>Gets the trials that a judge scored.</summary>
    public int Judged { get; init; }

    /// <summary>Gets the mean of the judge's scores; null where there is none.</summary>
    public double? JudgeMean { get; init; }
}
