namespace LongAlign.Evaluation.Needles;

/// <summary>Which score of a needle map is shown.</summary>
public enum NeedleScore
{
    /// <summary>The share found by exact match; 0 is drawn as 1, and 1 as 10.</summary>
    ExactMatch,

    /// <summary>The judge's.</summary>
    Judge,
}
