namespace LongAlign.Safetensors;

/// <summary>A safetensors file or index is damaged, or does not hold what is expected of it.</summary>
public sealed class SafetensorsException : IOException
{
    /// <summary>Makes an exception without a message.</summary>
    public SafetensorsException()
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">The file, the tensor, what was found and what was expected.</param>
    public SafetensorsException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with a cause.</summary>
    /// <param name="message">The file, the tensor, what was found and what was expected.</param>
    /// <param name="innerException">The cause.</param>
    public SafetensorsException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
