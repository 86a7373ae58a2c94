namespace LongAlign.Data.SelfInstruct;

/// <summary>The reason why a document gave no row.</summary>
public enum DropReason
{
    /// <summary>Fewer tokens than the window.</summary>
    TooShort,

    /// <summary>More tokens than the window.</summary>
    TooLong,

    /// <summary>Neither English nor Chinese.</summary>
    OtherLanguage,

    /// <summary>The same text as a document before it.</summary>
    DuplicateDocument,

    /// <summary>The document, question or answer has a piece of an evaluation text in it.</summary>
    EvaluationOverlap,

    /// <summary>Not among the documents drawn.</summary>
    NotDrawn,

    /// <summary>A request got no reply.</summary>
    RequestFailed,

    /// <summary>No question was found in the model's replies.</summary>
    NoQuestion,

    /// <summary>The model declined to answer, or said that the document has no answer.</summary>
    Refusal,

    /// <summary>The answer is empty, or nothing but thoughts.</summary>
    EmptyAnswer,

    /// <summary>The answer was cut off: at the most tokens of a reply, or by a filter.</summary>
    CutAnswer,

    /// <summary>The model gave the answer without the document.</summary>
    AnsweredWithoutDocument,

    /// <summary>The question is much like one of a row before it.</summary>
    SimilarQuestion,
}
