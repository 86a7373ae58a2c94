using LongAlign.Requests;

namespace LongAlign.Data.SelfInstruct;

/// <summary>The origin of a row, with everything needed to make it again.</summary>
public sealed record InstructionProvenance
{
    /// <summary>Gets the document's id.</summary>
    public required string DocumentId { get; init; }

    /// <summary>Gets the SHA-256 of the document's text.</summary>
    public required string DocumentHash { get; init; }

    /// <summary>Gets the document's tokens.</summary>
    public required int DocumentTokens { get; init; }

    /// <summary>Gets the document's language.</summary>
    public required DocumentLanguage Language { get; init; }

    /// <summary>Gets the kind of questions.</summary>
    public required InstructionTask Task { get; init; }

    /// <summary>Gets the seed that task and question were drawn with.</summary>
    public required long Seed { get; init; }

    /// <summary>Gets the question.</summary>
    public required string Question { get; init; }

    /// <summary>Gets the question's index among those found, from 0.</summary>
    public required int QuestionIndex { get; init; }

    /// <summary>Gets the questions found.</summary>
    public required int QuestionsFound { get; init; }

    /// <summary>Gets the model as the provider names it.</summary>
    public required string Model { get; init; }

    /// <summary>Gets the options of the requests for questions.</summary>
    public required SamplingOptions QuestionSampling { get; init; }

    /// <summary>Gets the options of the request for the answer.</summary>
    public required SamplingOptions AnswerSampling { get; init; }

    /// <summary>Gets the tokens of the calls for questions.</summary>
    public required RequestUsage QuestionUsage { get; init; }

    /// <summary>Gets the tokens of the call for the answer.</summary>
    public required RequestUsage AnswerUsage { get; init; }

    /// <summary>Gets the reason why the answer ended, as the provider says.</summary>
    public required string? FinishReason { get; init; }

    /// <summary>Gets the model's thoughts before it gave the questions.</summary>
    /// <value>Null unless thoughts are kept (<see cref="LongInstructionOptions.KeepThoughts"/>) and there are any.</value>
    public string? QuestionThoughts { get; init; }

    /// <summary>Gets the model's thoughts before it answered.</summary>
    /// <value>As of the questions.</value>
    public string? AnswerThoughts { get; init; }
}
