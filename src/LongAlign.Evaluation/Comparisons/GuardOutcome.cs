namespace LongAlign.Evaluation.Comparisons;

/// <summary>The conclusion of a guard.</summary>
public enum GuardOutcome
{
    /// <summary>These questions can't tell.</summary>
    CannotTell,

    /// <summary>B is not worse by as much as the margin.</summary>
    NoHarm,

    /// <summary>B is worse by more than the margin.</summary>
    Harm,
}
