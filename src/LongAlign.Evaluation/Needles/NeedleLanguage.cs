namespace LongAlign.Evaluation.Needles;

/// <summary>The language of needles and questions.</summary>
public enum NeedleLanguage
{
    /// <summary>English.</summary>
    English,

    /// <summary>Chinese.</summary>
    Chinese,
}
