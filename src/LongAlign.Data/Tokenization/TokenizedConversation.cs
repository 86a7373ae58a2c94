using LongAlign.Sequences;

namespace LongAlign.Data;

/// <summary>The result of tokenizing a conversation.</summary>
internal sealed record TokenizedConversation(string Source)
{
    /// <summary>The tokens; null where the conversation is left out.</summary>
    public TokenSequence? Sequence { get; init; }

    /// <summary>The reason why it is left out, or the way it was changed; null where it came out whole.</summary>
    public string? Reason { get; init; }

    /// <summary>The number of tokens across a border of what is learned.</summary>
    public int BorderTokens { get; init; }

    /// <summary>Particulars of the reason.</summary>
    public string? Detail { get; init; }

    /// <summary>The other changes that were made to it, with particulars.</summary>
    public IReadOnlyList<(string Reason, string? Detail)> Changes { get; init; } = [];
}
