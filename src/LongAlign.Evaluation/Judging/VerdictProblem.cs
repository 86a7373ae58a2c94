namespace LongAlign.Evaluation.Judging;

/// <summary>The reason why a judge's reply gives no score.</summary>
public enum VerdictProblem
{
    /// <summary>There was no reply.</summary>
    NoReply,

    /// <summary>The reply has nothing in double square brackets.</summary>
    NoBrackets,

    /// <summary>The double brackets hold no number, or not clearly one.</summary>
    NoNumber,

    /// <summary>The number is below the worst or above the best score.</summary>
    OutOfRange,

    /// <summary>The reply was cut off before the judge was done: whatever it mentions is not a verdict.</summary>
    CutOff,
}
