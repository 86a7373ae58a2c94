namespace LongAlign.Evaluation.Needles;

/// <summary>A context of the reference's needle test.</summary>
public sealed class NeedleContext
{
    /// <summary>Gets the haystack with the needle in it.</summary>
    public required string Text { get; init; }

    /// <summary>Gets the tokens of both, without those that begin a sequence.</summary>
    public required int TokenCount { get; init; }

    /// <summary>Gets the tokens before the needle.</summary>
    public required int NeedleTokenIndex { get; init; }

    /// <summary>Gets the token at the depth, before moving back to a full stop; the reference does not say how far that is.</summary>
    public required int RequestedTokenIndex { get; init; }

    /// <summary>Gets the tokens of the haystack, cut to the length, before buffer and needle are taken off.</summary>
    public required int TrimmedTokenCount { get; init; }

    /// <summary>Makes the prompt as the reference does.</summary>
    /// <param name="question">The question.</param>
    /// <param name="instruction">The text before it, on a separate line; null for nothing.</param>
    /// <returns>The user's text.</returns>
    public string ToPrompt(string question, string? instruction = null)
        => $"{(instruction is null ? "" : instruction + "\n")}{Text}\n\nRead the document and answer: {question}";
}
