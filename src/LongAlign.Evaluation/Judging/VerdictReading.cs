namespace LongAlign.Evaluation.Judging;

/// <summary>The rule that selects the brackets of a judge's reply that are its verdict.</summary>
public enum VerdictReading
{
    /// <summary>The last double brackets, as in the reference's LongBench-Chat.</summary>
    LastBrackets,

    /// <summary>The first double brackets with nothing in them but a whole number, as in the reference's needle test.</summary>
    FirstWholeNumber,
}
