namespace LongAlign.Evaluation.Comparisons;

/// <summary>The conclusion of a comparison.</summary>
public enum ComparisonOutcome
{
    /// <summary>These questions can't tell.</summary>
    CannotTell,

    /// <summary>B is better than A.</summary>
    Better,

    /// <summary>B is worse than A.</summary>
    Worse,
}
