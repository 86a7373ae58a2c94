namespace LongAlign.Requests;

/// <summary>The meaning of a failure for the rest of a run.</summary>
public enum RequestFailureKind
{
    /// <summary>The same request may succeed later: a server error, a time-out, a cut or malformed reply.</summary>
    Retryable,

    /// <summary>As <see cref="Retryable"/>, and all calls slow down: the provider is overloaded.</summary>
    RateLimited,

    /// <summary>This request never succeeds: too long, refused by the provider's filter. Others may.</summary>
    PermanentForItem,

    /// <summary>No request can succeed: a wrong key, an unknown model, a quota used up. The run stops.</summary>
    PermanentForRun,
}
