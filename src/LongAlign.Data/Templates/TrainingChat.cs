namespace LongAlign.Data;

/// <summary>A conversation, or a turn of one with what is before it, rendered to be learned.</summary>
/// <param name="Segments">The segments, in order.</param>
/// <param name="Source">The conversation's source, and which turn it is.</param>
internal sealed record TrainingChat(IReadOnlyList<ChatSegment> Segments, string Source)
{
    /// <summary>The change that a report has to count; null for none.</summary>
    public string? Change { get; init; }

    public string? Detail { get; init; }
}
