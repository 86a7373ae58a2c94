using LongAlign.Sequences;

namespace LongAlign.Data;

/// <summary>What became of a conversation.</summary>
internal sealed record TokenizedConversation(string Source)
{
    /// <summary>The tokens; null where the conversation is left out.</summary>
    public TokenSequence? Sequence { get; init; }

    /// <summary>Why it is left out, or how it was changed; null where it came out whole.</summary>
    public string? Reason { get; init; }

    /// <summary>How many tokens stand across a border of what is learned.</summary>
    public int BorderTokens { get; init; }

    /// <summary>Particulars of the reason.</summary>
    public string? Detail { get; init; }

    /// <summary>What else was done to it, with particulars.</summary>
    public IReadOnlyList<(string Reason, string? Detail)> Changes { get; init; } = [];
}
