using System.Globalization;

namespace LongAlign.Data;

/// <summary>What became of the conversations of a dataset.</summary>
public sealed record TokenizationReport
{
    /// <summary>Gets the conversations that were read.</summary>
    public required int ConversationCount { get; init; }

    /// <summary>Gets the sequences that came out.</summary>
    public required int SequenceCount { get; init; }

    /// <summary>Gets the tokens that came out.</summary>
    public required long TokenCount { get; init; }

    /// <summary>Gets the target tokens that came out.</summary>
    public required long TargetCount { get; init; }

    /// <summary>Gets where the conversations that were cut came from.</summary>
    public required IReadOnlyList<string> Truncated { get; init; }

    /// <summary>Gets the conversations that did not come out, and why.</summary>
    public required IReadOnlyList<SkippedConversation> Skipped { get; init; }

    /// <summary>One line, and one more for each reason why conversations were skipped.</summary>
    /// <returns>The text.</returns>
    public override string ToString()
    {
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"{SequenceCount:N0} of {ConversationCount:N0} conversations, {TokenCount:N0} tokens, {TargetCount:N0} targets, {Truncated.Count:N0} truncated");
        return text + string.Concat(Skipped.GroupBy(skipped => skipped.Reason).Select(group => string.Create(
            CultureInfo.InvariantCulture, $"{Environment.NewLine}skipped {group.Count():N0}: {group.Key} (first: {group.First().Source})")));
    }
}
