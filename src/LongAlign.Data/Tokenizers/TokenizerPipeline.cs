namespace LongAlign.Data;

/// <summary>
/// The pipeline of a tokenizer.json: text is normalized, added tokens are found in it, it is cut into words, and words become ids.
/// </summary>
internal sealed class TokenizerPipeline : TextEncoder
{
    [ThreadStatic]
    private static List<(int Offset, int Length)>? t_words;

    private readonly IReadOnlyList<TextChange> _normalizer;
    private readonly IReadOnlyList<WordStep> _preTokenizer;
    private readonly WordCache _cache;
    private readonly AddedTokenFinder? _finder;

    /// <param name="normalizer">The normalizer's steps.</param>
    /// <param name="preTokenizer">The pre-tokenizer's steps.</param>
    /// <param name="model">The model.</param>
    public TokenizerPipeline(IReadOnlyList<TextChange> normalizer, IReadOnlyList<WordStep> preTokenizer, BpeModel model)
        => (_normalizer, _preTokenizer, _cache) = (normalizer, preTokenizer, new WordCache(model.AddIds));

    private TokenizerPipeline(TokenizerPipeline other, IReadOnlyList<AddedToken> normalizedTokens)
    {
        (_normalizer, _preTokenizer, _cache) = (other._normalizer, other._preTokenizer, other._cache);
        (SpacesAreWritten, HasSpaceWords, NormalizedTokens) = (other.SpacesAreWritten, other.HasSpaceWords, normalizedTokens);
    }

    /// <summary>Added tokens that are looked for in normalized text, normalized themselves.</summary>
    public IReadOnlyList<AddedToken> NormalizedTokens
    {
        get;
        init
        {
            field = value;
            (string Text, AddedToken Token)[] texts = [.. value.Select(token => (Normalize(token.Content, TextPlace.First).ToString(), token)).Where(token => token.Item1.Length > 0)];
            _finder = texts.Length > 0 ? new AddedTokenFinder(texts) : null;
        }
    } = [];

    /// <summary>Whether tokens have ▁ for spaces.</summary>
    public bool SpacesAreWritten { get; init; }

    /// <summary>Whether no token has a ▁ behind its first letter: then words end where ▁ begins, whatever is merged.</summary>
    public bool HasSpaceWords { get; init; }

    public override TextEncoder WithSpecial(string token)
        => new TokenizerPipeline(this, [.. NormalizedTokens.Select(normalized => normalized.Content == token ? normalized with { IsSpecial = true } : normalized)]);

    public override void AddIds(ReadOnlySpan<char> text, TextPlace place, bool withSpecial, List<int> ids)
    {
        ReadOnlySpan<char> normalized = Normalize(text, place);
        if (_finder is null)
        {
            AddIdsOfText(normalized, place, ids);
            return;
        }

        int taken = 0;
        int from = 0;
        while (_finder.Next(normalized, ref from, taken, withSpecial, out int start, out int end) is { } token)
        {
            if (start > taken)
            {
                AddIdsOfText(normalized[taken..start], taken == 0 ? place : TextPlace.BehindToken, ids);
            }

            ids.Add(token.Id);
            taken = end;
        }

        AddIdsOfText(normalized[Math.Min(taken, normalized.Length)..], taken == 0 ? place : TextPlace.BehindToken, ids);
    }

    public override ReadOnlySpan<char> Normalize(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> normalized = Normalize(text, TextPlace.Continuing);
        return SpacesAreWritten && normalized.Contains(SpaceWords.Space) ? normalized.ToString().Replace(SpaceWords.Space, ' ') : normalized;
    }

    private ReadOnlySpan<char> Normalize(ReadOnlySpan<char> text, TextPlace place)
    {
        if (_normalizer.Count == 0 || text.IsEmpty)
        {
            return text;
        }

        string normalized = text.ToString();
        foreach (TextChange change in _normalizer)
        {
            normalized = change(normalized, place);
        }

        return normalized;
    }

    private void AddIdsOfText(ReadOnlySpan<char> text, TextPlace place, List<int> ids)
    {
        if (text.IsEmpty)
        {
            return;
        }

        WordList words = new(text, place, t_words ??= []);
        foreach (WordStep step in _preTokenizer)
        {
            if (step.Cutter is { } cutter)
            {
                words.Cut(cutter);
            }
            else
            {
                words.Change(step.Change!);
            }
        }

        foreach ((int offset, int length) in words.Words)
        {
            ReadOnlySpan<char> word = words.Text.Slice(offset, length);
            if (HasSpaceWords)
            {
                SpaceWords.AddIds(word, [SpaceWords.Space], _cache, ids);
            }
            else
            {
                _cache.AddIds(word, ids);
            }
        }
    }
}
