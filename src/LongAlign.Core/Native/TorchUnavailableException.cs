namespace LongAlign.Native;

/// <summary>The native part of TorchSharp can't be loaded; the message names the cause and the cure.</summary>
public sealed class TorchUnavailableException : PlatformNotSupportedException
{
    /// <summary>Makes an exception without a message.</summary>
    public TorchUnavailableException()
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">The cause and the cure.</param>
    public TorchUnavailableException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with what the loader said.</summary>
    /// <param name="message">The cause and the cure.</param>
    /// <param name="innerException">The loader's exception, if it was asked.</param>
    public TorchUnavailableException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
