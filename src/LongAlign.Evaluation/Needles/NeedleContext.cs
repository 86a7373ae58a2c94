namespace LongAlign.Evaluation.Needles;

/// <summary>A context of the reference's needle test.</summary>
/// <param name="Text">Haystack and needle.</param>
/// <param name="TokenCount">Tokens of both, without those that begin a sequence.</param>
/// <param name="NeedleTokenIndex">Tokens before the needle.</param>
/// <param name="RequestedTokenIndex">Where the depth lies, before the way back to a full stop; how far that is, the reference does not tell.</param>
/// <param name="TrimmedTokenCount">Tokens of the haystack cut to the length, before buffer and needle are taken off.</param>
public sealed record NeedleContext(string Text, int TokenCount, int NeedleTokenIndex, int RequestedTokenIndex, int TrimmedTokenCount)
{
    /// <summary>Makes the prompt as the reference does.</summary>
    /// <param name="question">The question.</param>
    /// <param name="instruction">What stands before it, on a line of its own; null for nothing.</param>
    /// <returns>What the user says.</returns>
    public string ToPrompt(string question, string? instruction = null)
        => $"{(instruction is null ? "" : instruction + "\n")}{Text}\n\nRead the document and answer: {question}";
}
