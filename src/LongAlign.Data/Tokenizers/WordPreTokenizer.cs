using Microsoft.ML.Tokenizers;

namespace LongAlign.Data;

/// <summary>Cuts text into words, each of which has the same ids wherever it stands. Thread-safe.</summary>
internal abstract class WordPreTokenizer : PreTokenizer
{
    /// <summary>Adds the words of a text to a list, in order and without gaps.</summary>
    public abstract void Split(ReadOnlySpan<char> text, List<(int Offset, int Length)> words);

    public sealed override IEnumerable<(int Offset, int Length)> PreTokenize(string text) => PreTokenize(text.AsSpan());

    public sealed override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text)
    {
        List<(int Offset, int Length)> words = [];
        Split(text, words);
        return words;
    }
}
