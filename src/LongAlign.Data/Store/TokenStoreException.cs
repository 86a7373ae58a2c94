namespace LongAlign.Data.Store;

/// <summary>A token store is damaged, unfinished or none; the message names the file.</summary>
public sealed class TokenStoreException : IOException
{
    /// <summary>Makes an exception without a message.</summary>
    public TokenStoreException()
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">The file, what was found and what was expected.</param>
    public TokenStoreException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with a cause.</summary>
    /// <param name="message">The file, what was found and what was expected.</param>
    /// <param name="innerException">The cause.</param>
    public TokenStoreException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
