namespace LongAlign.Training.Checkpoints;

/// <summary>A checkpoint could not be written, is not whole, or belongs to another run.</summary>
public sealed class CheckpointException : IOException
{
    /// <summary>Makes an exception without a message.</summary>
    public CheckpointException()
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">The folder or file, what was found and what was expected.</param>
    public CheckpointException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with a cause.</summary>
    /// <param name="message">The folder or file, what was found and what was expected.</param>
    /// <param name="innerException">The cause.</param>
    public CheckpointException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
