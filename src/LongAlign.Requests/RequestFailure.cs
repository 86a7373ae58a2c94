namespace LongAlign.Requests;

/// <summary>The reason why a call gave no reply.</summary>
/// <param name="Kind">Its meaning for the rest of the run.</param>
/// <param name="Message">The error, without secrets.</param>
public sealed record RequestFailure(RequestFailureKind Kind, string Message)
{
    /// <summary>Gets the time that the provider asks to wait.</summary>
    /// <value>Null where it does not say.</value>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Gets whether the provider may have worked, and so charge, for a reply that was lost.</summary>
    public bool MayBePaid { get; init; }
}
