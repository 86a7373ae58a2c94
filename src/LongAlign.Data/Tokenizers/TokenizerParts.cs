using System.Collections.ObjectModel;
using Microsoft.ML.Tokenizers;

namespace LongAlign.Data;

/// <summary>What a tokenizer file holds, whatever its format.</summary>
internal sealed record TokenizerParts
{
    /// <summary>For text that begins a word.</summary>
    public required Tokenizer Tokenizer { get; init; }

    /// <summary>For text right behind other text, where that makes a difference.</summary>
    public Tokenizer? Continuing { get; init; }

    /// <summary>Special tokens, which no text becomes.</summary>
    public IReadOnlyDictionary<string, int> SpecialTokens { get; init; } = ReadOnlyDictionary<string, int>.Empty;

    /// <summary>Tokens that were added to the vocabulary without being special: they are found in any text, before it is tokenized.</summary>
    public IReadOnlyDictionary<string, int> AddedTokens { get; init; } = ReadOnlyDictionary<string, int>.Empty;

    /// <summary>Whether text behind an added token continues, rather than begins a word.</summary>
    public bool ContinuesBehindAddedTokens { get; init; } = true;

    /// <summary>The UTF-8 of each token, null for special ones and gaps; null where it isn't known.</summary>
    public byte[]?[]? TokenBytes { get; init; }

    /// <summary>Whether decoded text begins with a space that was not in the text.</summary>
    public bool BeginsWithSpace { get; init; }

    /// <summary>Ids that a file itself puts before a sequence; null where it says nothing.</summary>
    public int[]? PrefixIds { get; init; }

    /// <summary>The id that a file itself names as the end; null where it says nothing.</summary>
    public int? EndOfSequenceId { get; init; }

    /// <summary>The id that a file itself names as the beginning; null where it says nothing.</summary>
    public int? BeginOfSequenceId { get; init; }

    /// <summary>Ids run from 0 to this number - 1.</summary>
    public int VocabularySize { get; init; }

    public ModelTokenizer ToTokenizer(IEnumerable<string> prefix, string endOfSequence)
        => new(this, [.. prefix.Select(IdOf)], IdOf(endOfSequence), VocabularySize);

    /// <summary>The id of a special or added token.</summary>
    public int IdOf(string name)
        => SpecialTokens.TryGetValue(name, out int id) || AddedTokens.TryGetValue(name, out id)
            ? id
            : throw new KeyNotFoundException($"There is no special token '{name}'; expected one of {string.Join(", ", SpecialTokens.Keys.Take(12))}.");
}
