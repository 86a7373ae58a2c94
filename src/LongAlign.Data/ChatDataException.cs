namespace LongAlign.Data;

/// <summary>A conversation can't be read or turned into tokens; the message names its file and line.</summary>
public sealed class ChatDataException : FormatException
{
    /// <summary>Makes an exception without a message.</summary>
    public ChatDataException()
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">Where, what was found and what was expected.</param>
    public ChatDataException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with a cause.</summary>
    /// <param name="message">Where, what was found and what was expected.</param>
    /// <param name="innerException">The cause.</param>
    public ChatDataException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
