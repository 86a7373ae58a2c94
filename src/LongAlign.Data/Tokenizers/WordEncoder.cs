namespace LongAlign.Data;

/// <summary>Turns a word into ids.</summary>
/// <param name="word">The word.</param>
/// <returns>Its ids.</returns>
internal delegate IReadOnlyList<int> WordEncoder(ReadOnlySpan<char> word);
