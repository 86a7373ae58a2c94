namespace LongAlign.Requests;

/// <summary>What a line of a journal tells.</summary>
internal enum JournalEvent
{
    /// <summary>A call is about to be made; without an end it is in doubt whether it was paid for.</summary>
    Start,

    /// <summary>A call ended with a reply.</summary>
    Reply,

    /// <summary>A call ended without one.</summary>
    Failure,
}
