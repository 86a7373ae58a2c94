namespace LongAlign.Data.Templates.Jinja;

/// <summary>A chat template can't be read or rendered; the message gives line and column of the template.</summary>
public sealed class JinjaException : FormatException
{
    /// <summary>Makes an exception without a message.</summary>
    public JinjaException()
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">The message.</param>
    public JinjaException(string message)
        : base(message)
    {
        Fault = message;
    }

    /// <summary>Makes an exception with a cause.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The cause.</param>
    public JinjaException(string message, Exception innerException)
        : base(message, innerException)
    {
        Fault = message;
    }

    internal JinjaException(string fault, Position at, Exception? innerException = null, string? file = null)
        : base($"{(file is null ? "" : $"{file}: ")}template line {at.Line}, column {at.Column}: {fault}", innerException)
    {
        Fault = fault;
        (Line, Column) = (at.Line, at.Column);
    }

    /// <summary>The line of the template, from 1; 0 where it isn't known.</summary>
    public int Line { get; }

    /// <summary>The column in that line, from 1, in UTF-16 units; 0 where it isn't known.</summary>
    public int Column { get; }

    /// <summary>Whether the template itself refused the conversation, by <c>raise_exception</c>; <see cref="Fault"/> has its words then.</summary>
    public bool IsRaised { get; internal init; }

    /// <summary>The message without the place.</summary>
    public string Fault { get; } = "";

    /// <summary>The same with the file that the template is in.</summary>
    internal JinjaException In(string file) => new(Fault, new Position(Line, Column), this, file);
}
