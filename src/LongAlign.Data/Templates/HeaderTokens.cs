namespace LongAlign.Data;

/// <summary>The tokens and texts around the messages of a <see cref="HeaderTemplate"/>.</summary>
/// <param name="Begin">The special token before the first message, if any.</param>
/// <param name="Start">The special token before a role.</param>
/// <param name="HeaderEnd">The special token behind a role, if any.</param>
/// <param name="BehindHeader">The text before a message's own.</param>
/// <param name="End">The special token behind a message.</param>
/// <param name="BehindMessage">The text behind that.</param>
internal sealed record HeaderTokens(string? Begin, string Start, string? HeaderEnd, string BehindHeader, string End, string BehindMessage)
{
    /// <summary>Whether white space around messages is removed.</summary>
    public bool TrimsContent { get; init; }
}
