namespace LongAlign.Cli.Evaluations;

/// <summary>What a model made of a question.</summary>
/// <param name="Id">The question; the same one in other results of the same evaluation.</param>
/// <param name="Score">The score; null where it is missing.</param>
/// <param name="MissingReason">Why it is missing; null where it is not.</param>
/// <param name="Length">Tokens of the prompt.</param>
/// <param name="Language">The question's language.</param>
/// <param name="Answer">What the model said.</param>
internal sealed record QuestionScore(string Id, double? Score, string? MissingReason, int Length, string? Language, string? Answer);
