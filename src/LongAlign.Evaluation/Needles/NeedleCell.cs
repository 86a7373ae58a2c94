namespace LongAlign.Evaluation.Needles;

/// <summary>One cell of a needle map.</summary>
/// <param name="Length">Its length in tokens.</param>
/// <param name="Depth">Its depth in per cent.</param>
/// <param name="Trials">Trials, the missing ones included.</param>
/// <param name="Scored">Those that have a score.</param>
/// <param name="Mean">The mean of their scores; null where there is none.</param>
public sealed record NeedleCell(int Length, double Depth, int Trials, int Scored, double? Mean)
{
    /// <summary>Gets the trials that a judge scored.</summary>
    public int Judged { get; init; }

    /// <summary>Gets the mean of the judge's scores; null where there is none.</summary>
    public double? JudgeMean { get; init; }
}
