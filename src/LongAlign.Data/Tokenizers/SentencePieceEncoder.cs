namespace LongAlign.Data;

/// <summary>A SentencePiece model of byte pairs or of characters.</summary>
/// <param name="text">Makes text ready.</param>
/// <param name="fixed">User-defined pieces, which are found before anything is merged.</param>
/// <param name="model">Merges the rest.</param>
/// <param name="hasSpaceWords">Whether no piece has a ▁ behind its first letter.</param>
internal sealed class SentencePieceEncoder(SentencePieceText text, IReadOnlyDictionary<string, int> @fixed, BpeModel model, bool hasSpaceWords) : TextEncoder
{
    private readonly SentencePieceText _text = text with { Fixed = ToTrie(@fixed) };
    private readonly AddedTokenFinder? _finder = @fixed.Count > 0 ? new AddedTokenFinder(@fixed.Select(piece => (piece.Key, new AddedToken(piece.Key, piece.Value)))) : null;
    private readonly WordCache _cache = new((word, ids) => model.AddIds(word.Contains(' ') ? word.ToString().Replace(' ', SpaceWords.Space) : word, ids));

    /// <summary>User-defined pieces as a trie; null where there is none.</summary>
    public static TokenTrie? ToTrie(IReadOnlyDictionary<string, int> pieces)
    {
        if (pieces.Count == 0)
        {
            return null;
        }

        TokenTrie trie = new();
        foreach ((string piece, int id) in pieces)
        {
            trie.Add(piece, id);
        }

        return trie;
    }

    public override void AddIds(ReadOnlySpan<char> text, TextPlace place, bool withSpecial, List<int> ids)
    {
        if (_finder is null && hasSpaceWords && _text.IsPlain)
        {
            AddPlain(text, _text.AddsPrefix && place == TextPlace.First, ids);
            return;
        }

        ReadOnlySpan<char> normalized = _text.Normalize(text, continues: place != TextPlace.First);
        int taken = 0;
        int from = 0;
        while (_finder is not null && _finder.Next(normalized, ref from, taken, withSpecial, out int start, out int end) is { } token)
        {
            AddWords(normalized[taken..start], ids);
            ids.Add(token.Id);
            taken = end;
        }

        AddWords(normalized[taken..], ids);
    }

    public override ReadOnlySpan<char> Normalize(ReadOnlySpan<char> text) => _text.Normalize(text, continues: true).Replace(SpaceWords.Space, ' ');

    public override TextEncoder WithSpecial(string token)
        => new SentencePieceEncoder(_text, @fixed.Where(piece => piece.Key != token).ToDictionary(), model, hasSpaceWords);

    /// <summary>Text that only its spaces change in, without a copy of it.</summary>
    private void AddPlain(ReadOnlySpan<char> text, bool hasPrefix, List<int> ids)
    {
        if (hasPrefix && !text.IsEmpty)
        {
            int end = SpaceWords.EndOfFirst(text, [' ', SpaceWords.Space]);
            _cache.AddIds($" {text[..end]}", ids);
            text = text[end..];
        }

        SpaceWords.AddIds(text, [' ', SpaceWords.Space], _cache, ids);
    }

    private void AddWords(ReadOnlySpan<char> words, List<int> ids)
    {
        if (hasSpaceWords)
        {
            SpaceWords.AddIds(words, [SpaceWords.Space], _cache, ids);
        }
        else if (!words.IsEmpty)
        {
            _cache.AddIds(words, ids);
        }
    }
}
