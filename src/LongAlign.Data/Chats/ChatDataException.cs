namespace LongAlign.Data;

/// <summary>A conversation can't be read or turned into tokens; the message names its file and line.</summary>
public sealed class ChatDataException : FormatException
{
    private readonly string? _detail;

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

    internal ChatDataException(string source, string reason, string detail, Exception? innerException = null)
        : base($"{source}: {detail}", innerException)
    {
        DataSource = source;
        Reason = reason;
        _detail = detail;
    }

    /// <summary>File and line, or row, of the conversation; empty where it isn't known.</summary>
    public string DataSource { get; } = "";

    /// <summary>The kind of fault in a few words, by which reports count.</summary>
    public string Reason { get; } = "invalid conversation";

    /// <summary>The message without its source.</summary>
    internal string Detail => _detail ?? Message;
}
