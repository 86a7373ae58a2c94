namespace LongAlign.Requests;

/// <summary>A journal is damaged or is none; the message names the file and the line.</summary>
public sealed class JournalException : IOException
{
    /// <summary>Makes an exception without a message.</summary>
    public JournalException()
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">The file, the line, what was found and what was expected.</param>
    public JournalException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with a cause.</summary>
    /// <param name="message">The file, the line, what was found and what was expected.</param>
    /// <param name="innerException">The cause.</param>
    public JournalException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
