namespace LongAlign.Distributed;

/// <summary>Processes that train together can't go on together; the message names the rank and what it did.</summary>
public sealed class ProcessGroupException : Exception
{
    /// <summary>Makes an exception without a message.</summary>
    public ProcessGroupException()
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">The rank and its fault.</param>
    public ProcessGroupException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with its cause.</summary>
    /// <param name="message">The rank and its fault.</param>
    /// <param name="innerException">The cause.</param>
    public ProcessGroupException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
