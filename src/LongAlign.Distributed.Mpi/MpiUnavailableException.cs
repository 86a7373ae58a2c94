namespace LongAlign.Distributed.Mpi;

/// <summary>Open MPI can't be used in this process; the message names the cause and the cure.</summary>
public sealed class MpiUnavailableException : PlatformNotSupportedException
{
    /// <summary>Makes an exception without a message.</summary>
    public MpiUnavailableException()
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">The cause and the cure.</param>
    public MpiUnavailableException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with what the loader said.</summary>
    /// <param name="message">The cause and the cure.</param>
    /// <param name="innerException">The loader's exception.</param>
    public MpiUnavailableException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
