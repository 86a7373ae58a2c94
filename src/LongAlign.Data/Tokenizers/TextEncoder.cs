namespace LongAlign.Data;

/// <summary>Turns the text between added tokens into ids, as the files say. Thread-safe.</summary>
internal abstract class TextEncoder
{
    /// <summary>Adds the ids of a text to a list.</summary>
    /// <param name="text">The text.</param>
    /// <param name="place">Its place.</param>
    /// <param name="withSpecial">Whether special tokens are looked for.</param>
    /// <param name="ids">The list.</param>
    public abstract void AddIds(ReadOnlySpan<char> text, TextPlace place, bool withSpecial, List<int> ids);

    /// <summary>The text that the tokens' bytes are of, where nothing is put before it.</summary>
    public virtual ReadOnlySpan<char> Normalize(ReadOnlySpan<char> text) => text;

    /// <summary>The same encoder, for which a token is special: no text becomes it.</summary>
    public virtual TextEncoder WithSpecial(string token) => this;
}
