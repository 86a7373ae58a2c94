namespace LongAlign.Requests;

/// <summary>Why a call brought no reply.</summary>
/// <param name="Kind">What it means for the rest of the run.</param>
/// <param name="Message">What went wrong, without secrets.</param>
public sealed record RequestFailure(RequestFailureKind Kind, string Message)
{
    /// <summary>Gets how long the provider asks to wait.</summary>
    /// <value>Null where it does not say.</value>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Gets whether the provider may have worked, and so charge, for a reply that was lost.</summary>
    public bool MayBePaid { get; init; }
}
