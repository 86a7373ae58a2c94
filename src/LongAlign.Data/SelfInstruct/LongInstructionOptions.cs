using LongAlign.Requests;

namespace LongAlign.Data.SelfInstruct;

/// <summary>Options of <see cref="LongInstructionGenerator"/>.</summary>
public sealed record LongInstructionOptions
{
    /// <summary>Gets the model and how it is to answer.</summary>
    public required SamplingOptions Answers { get; init; }

    /// <summary>Gets the model and how it is to ask.</summary>
    /// <value>As <see cref="Answers"/> unless set.</value>
    public SamplingOptions? Questions { get; init; }

    /// <summary>Gets the function that counts the tokens of a text: the tokenizer of the model that is to learn from the rows.</summary>
    public required Func<string, int> CountTokens { get; init; }

    /// <summary>Gets the seed. Task and question of a document depend on it and on the document's id alone.</summary>
    /// <value>0 unless set.</value>
    public long Seed { get; init; }

    /// <summary>Gets the fewest tokens of a document.</summary>
    /// <value>8,000 unless set.</value>
    public int MinTokens { get; init; } = 8_000;

    /// <summary>Gets the most tokens of a document.</summary>
    /// <value>64,000 unless set.</value>
    public int MaxTokens { get; init; } = 64_000;

    /// <summary>Gets the number of documents to draw.</summary>
    /// <value>All unless set.</value>
    public int? MaxDocuments { get; init; }

    /// <summary>Gets the preference for long documents: the chance of a document grows with its length to this power.</summary>
    /// <value>1 unless set (the paper draws longer ones more often and does not say how much); 0 draws all alike.</value>
    public double LengthExponent { get; init; } = 1;

    /// <summary>Gets the tasks, one of which is drawn for each document.</summary>
    /// <value>All four unless set.</value>
    public IReadOnlyList<InstructionTask> Tasks { get; init; } = Enum.GetValues<InstructionTask>();

    /// <summary>Gets the most requests for questions while none is found in the replies.</summary>
    /// <value>2 unless set, at least 1.</value>
    public int QuestionAttempts { get; init; } = 2;

    /// <summary>Gets whether documents in other languages than English and Chinese are used, with English prompts.</summary>
    /// <value>False unless set.</value>
    public bool KeepOtherLanguages { get; init; }

    /// <summary>Gets whether answers that decline to answer are dropped.</summary>
    /// <value>True unless set.</value>
    public bool DropRefusals { get; init; } = true;

    /// <summary>Gets whether empty answers are dropped.</summary>
    /// <value>True unless set. Answers that were cut off always are.</value>
    public bool DropEmptyAnswers { get; init; } = true;

    /// <summary>Gets whether the model's thoughts are kept in a row's provenance. They are never part of question or answer.</summary>
    /// <value>False unless set.</value>
    public bool KeepThoughts { get; init; }

    /// <summary>Gets from which likeness on (MinHash estimate of the Jaccard index, 0 to 1) a question is dropped for one before it; null drops none.</summary>
    /// <value>0.8 unless set.</value>
    public double? QuestionSimilarity { get; init; } = 0.8;

    /// <summary>Gets from which share on (0 to 1) of an answer's words found in an answer without the document a row is dropped; null makes no such call.</summary>
    /// <value>Null unless set, since it is one more call a document, though a short one.</value>
    public double? ClosedBookShare { get; init; }

    /// <summary>Gets the texts of an evaluation set; documents and rows that share a piece with them are dropped.</summary>
    /// <value>None unless set.</value>
    public IReadOnlyList<string> EvaluationTexts { get; init; } = [];

    /// <summary>Gets the number of words in a row (Chinese: characters) of such a piece.</summary>
    /// <value>13 unless set.</value>
    public int EvaluationPiece { get; init; } = 13;

    /// <summary>Gets the options of requests: concurrency, retries, prices, budget.</summary>
    public RequestRunnerOptions Requests { get; init; } = new();
}
