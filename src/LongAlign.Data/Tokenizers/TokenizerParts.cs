using System.Collections.ObjectModel;

namespace LongAlign.Data;

/// <summary>The contents of a tokenizer file, whatever its format.</summary>
internal sealed record TokenizerParts
{
    /// <summary>Ids are smaller than this; a file that has larger ones is damaged.</summary>
    public const int MostTokens = 1 << 22;

    /// <summary>For the text between added tokens.</summary>
    public required TextEncoder Encoder { get; init; }

    /// <summary>Special tokens by name.</summary>
    public IReadOnlyDictionary<string, int> SpecialTokens { get; init; } = ReadOnlyDictionary<string, int>.Empty;

    /// <summary>Tokens that were added to the vocabulary without being special, by name.</summary>
    public IReadOnlyDictionary<string, int> OrdinaryTokens { get; init; } = ReadOnlyDictionary<string, int>.Empty;

    /// <summary>Tokens that are found in any text before it is tokenized; special ones where the text is a template's.</summary>
    public IReadOnlyList<AddedToken> AddedTokens { get; init; } = [];

    /// <summary>The vocabulary whose ids added tokens go behind; null where they have the ids that they are listed with.</summary>
    public IReadOnlyDictionary<string, int>? Vocabulary { get; init; }

    /// <summary>The function that gives the bytes a token adds to decoded text.</summary>
    public Func<string, byte[]> Write { get; init; } = System.Text.Encoding.UTF8.GetBytes;

    /// <summary>Whether text behind an added token continues, rather than begins a word.</summary>
    public bool ContinuesBehindAddedTokens { get; init; } = true;

    /// <summary>The bytes that each token adds to decoded text, null for gaps and tokens that add nothing; null where they aren't known.</summary>
    public byte[]?[]? TokenBytes { get; init; }

    /// <summary>The treatment of spaces at the beginning of decoded text.</summary>
    public LeadingSpaces LeadingSpaces { get; init; }

    /// <summary>The special token that is written in decoded text, and stands for text that is lost; null where there is none.</summary>
    public int? WrittenId { get; init; }

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
        => TryGetId(name, out int id)
            ? id
            : throw new KeyNotFoundException($"There is no special token '{name}'; expected one of {string.Join(", ", SpecialTokens.Keys.Take(12))}.");

    public bool TryGetId(string name, out int id) => SpecialTokens.TryGetValue(name, out id) || OrdinaryTokens.TryGetValue(name, out id);

    /// <summary>The same with added tokens.</summary>
    public TokenizerParts With(IReadOnlyCollection<AddedToken> tokens)
    {
        Dictionary<string, int> special = new(SpecialTokens);
        Dictionary<string, int> ordinary = new(OrdinaryTokens);
        byte[]?[]? bytes = TokenBytes;
        int size = Math.Max(VocabularySize, tokens.Select(token => token.Id + 1).DefaultIfEmpty().Max());
        if (bytes is not null)
        {
            Array.Resize(ref bytes, size);
        }

        foreach (AddedToken token in tokens)
        {
            (token.IsSpecial ? special : ordinary)[token.Content] = token.Id;
            if (bytes is not null)
            {
                bytes[token.Id] = Write(token.Content);
            }
        }

        return this with { SpecialTokens = special, OrdinaryTokens = ordinary, TokenBytes = bytes, VocabularySize = size, AddedTokens = [.. AddedTokens, .. tokens] };
    }

    /// <summary>The same with an ordinary token as a special one, if there is such a token.</summary>
    public TokenizerParts WithSpecial(string name)
        => !OrdinaryTokens.TryGetValue(name, out int id) ? this : this with
        {
            Encoder = Encoder.WithSpecial(name),
            SpecialTokens = new Dictionary<string, int>(SpecialTokens) { [name] = id },
            OrdinaryTokens = OrdinaryTokens.Where(token => token.Key != name).ToDictionary(),
            AddedTokens = [.. AddedTokens.Select(token => token.Content == name ? token with { IsSpecial = true } : token)],
        };
}
