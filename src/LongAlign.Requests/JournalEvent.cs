namespace LongAlign.Requests;

/// <summary>The kind of a journal's line.</summary>
internal enum JournalEvent
{
    /// <summary>A call is about to be made; without an end it is in doubt whether it was paid for.</summary>
    Start,

    /// <summary>A call ended with a reply.</summary>
    Reply,

    /// <summary>A call ended without one.</summary>
    Failure,
}
