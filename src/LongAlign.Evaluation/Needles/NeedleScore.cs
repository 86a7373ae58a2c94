namespace LongAlign.Evaluation.Needles;

/// <summary>The score of a needle map that is shown.</summary>
public enum NeedleScore
{
    /// <summary>The share found by exact match, in per cent.</summary>
    ExactMatch,

    /// <summary>The judge's, from 1 to 10.</summary>
    Judge,
}
