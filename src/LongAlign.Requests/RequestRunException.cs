namespace LongAlign.Requests;

/// <summary>A run can't go on; the message says why and what to do. Replies so far are in the journal.</summary>
public sealed class RequestRunException : Exception
{
    /// <summary>Makes an exception without a message.</summary>
    public RequestRunException()
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">The fault and the way to resume.</param>
    public RequestRunException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with a cause.</summary>
    /// <param name="message">The fault and the way to resume.</param>
    /// <param name="innerException">The cause.</param>
    public RequestRunException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
