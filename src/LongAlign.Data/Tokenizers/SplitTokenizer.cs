using Microsoft.ML.Tokenizers;

namespace LongAlign.Data;

/// <summary>A tokenizer whose text is cut into words by regular expressions, with a cache of words.</summary>
internal sealed class SplitTokenizer
{
    [ThreadStatic]
    private static List<(int Offset, int Length)>? t_places;

    private readonly Tokenizer _tokenizer;
    private readonly SplitPreTokenizer _splitter;
    private readonly WordCache _words;

    public SplitTokenizer(Tokenizer tokenizer, SplitPreTokenizer splitter)
    {
        _tokenizer = tokenizer;
        _splitter = splitter;
        _words = new WordCache(word => tokenizer.EncodeToIds(word, considerPreTokenization: false, considerNormalization: false));
    }

    /// <summary>Adds the ids of a text to a list.</summary>
    public void AddIds(ReadOnlySpan<char> text, List<int> ids)
    {
        ReadOnlySpan<char> normalized = _tokenizer.Normalizer is { } normalizer ? normalizer.Normalize(text) : text;
        List<(int Offset, int Length)> places = t_places ??= [];
        places.Clear();
        _splitter.Split(normalized, places);
        foreach ((int offset, int length) in places)
        {
            _words.AddIds(normalized.Slice(offset, length), ids);
        }
    }
}
