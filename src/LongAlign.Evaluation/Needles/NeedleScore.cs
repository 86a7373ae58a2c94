namespace LongAlign.Evaluation.Needles;

/// <summary>Which score of a needle map is shown.</summary>
public enum NeedleScore
{
    /// <summary>The share found by exact match, in per cent.</summary>
    ExactMatch,

    /// <summary>The judge's, from 1 to 10.</summary>
    Judge,
}
