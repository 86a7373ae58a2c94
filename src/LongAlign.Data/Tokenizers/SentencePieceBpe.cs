using System.Buffers;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace LongAlign.Data;

/// <summary>
/// SentencePiece's BPE: spaces become ▁, characters without a token become bytes, and of equal merges the leftmost comes first. (Microsoft's
/// SentencePieceTokenizer 2.0.1 takes the rightmost, which gives other ids for <c>======</c>.) Merging is done by Microsoft's BpeTokenizer.
/// </summary>
internal sealed class SentencePieceBpe : Tokenizer
{
    public const char Space = '▁';

    private readonly SentencePieceRules _rules;
    private readonly BpeTokenizer _bpe;
    private readonly WordCache _words;

    // What stands between characters without a token. A word may be long and its parts short: lines without spaces are such words.
    private readonly WordCache _parts;
    private readonly SearchValues<char> _known;

    // Where ▁ stands at the beginning of pieces only, nothing merges across one: a text is words, each with a run of spaces before it.
    private readonly bool _hasWords;
    private readonly bool _isContinuing;

    /// <param name="rules">Pieces and how text is made ready for them.</param>
    public SentencePieceBpe(SentencePieceRules rules)
    {
        _rules = rules;
        _known = SearchValues.Create([.. rules.Pieces.Keys.Where(piece => piece.Length == 1).Select(piece => piece[0])]);
        _hasWords = _known.Contains(Space) && !rules.Pieces.Keys.Any(piece => piece.AsSpan().TrimStart(Space).Contains(Space));
        _bpe = BpeTokenizer.Create(new BpeOptions(rules.Pieces) { Merges = rules.Merges });
        _words = new WordCache(EncodeWord);
        _parts = new WordCache(part => _bpe.EncodeToIds(part, considerPreTokenization: false, considerNormalization: false));
    }

    private SentencePieceBpe(SentencePieceBpe other)
    {
        (_rules, _bpe, _words, _parts, _known, _hasWords, _isContinuing) = (other._rules, other._bpe, other._words, other._parts, other._known, other._hasWords, true);
    }

    /// <summary>The same for text right behind other text: no space is put before it.</summary>
    public SentencePieceBpe Continuing() => new(this);

    /// <summary>Adds the ids of a text to a list.</summary>
    public void AddIds(ReadOnlySpan<char> text, List<int> ids)
    {
        ReadOnlySpan<char> rest = _rules.RemovesExtraSpaces ? RemoveExtraSpaces(text.ToString()) : text;
        if (HasPrefix(rest))
        {
            int end = EndOfWord(rest);
            _words.AddIds($" {rest[..end]}", ids);
            rest = rest[end..];
        }

        while (!rest.IsEmpty)
        {
            int end = EndOfWord(rest);
            _words.AddIds(rest[..end], ids);
            rest = rest[end..];
        }
    }

    public override string Decode(IEnumerable<int> ids)
    {
        byte[] bytes = [.. ids.SelectMany(id => _rules.TokenBytes[id] ?? [])];
        int start = _rules.AddsDummyPrefix && !_isContinuing && bytes is [(byte)' ', ..] ? 1 : 0;
        return Encoding.UTF8.GetString(bytes, start, bytes.Length - start);
    }

    public override OperationStatus Decode(IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten)
    {
        int[] all = [.. ids];
        string text = Decode(all);
        bool fits = text.TryCopyTo(destination);
        (idsConsumed, charsWritten) = fits ? (all.Length, text.Length) : (0, 0);
        return fits ? OperationStatus.Done : OperationStatus.DestinationTooSmall;
    }

    protected override EncodeResults<int> EncodeToIds(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        string original = text ?? textSpan.ToString();
        List<int> ids = new(original.Length / 3);
        AddIds(original, ids);
        if (ids.Count > settings.MaxTokenCount)
        {
            throw new NotSupportedException($"There are {ids.Count} tokens, and at most {settings.MaxTokenCount} were asked for; encode the whole text.");
        }

        string normalized = Normalize(original);
        return new EncodeResults<int> { Tokens = ids, NormalizedText = normalized, CharsConsumed = normalized.Length };
    }

    protected override EncodeResults<EncodedToken> EncodeToTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        List<EncodedToken> tokens = [];
        string normalized = Normalize(text ?? textSpan.ToString());
        for (int start = 0; start < normalized.Length;)
        {
            int first = start;
            string word = normalized.Substring(first, EndOfWord(normalized.AsSpan(first)));
            ForEachPart(
                word,
                (offset, length) => tokens.AddRange(_bpe.EncodeToTokens(word.AsSpan(offset, length), out _, considerPreTokenization: false, considerNormalization: false)
                    .Select(token => At(token.Id, token.Value, first + offset + token.Offset.Start.Value))),
                (id, offset, length) => tokens.Add(At(id, word.Substring(offset, length), first + offset)));
            start += word.Length;
        }

        return new EncodeResults<EncodedToken> { Tokens = tokens, NormalizedText = normalized, CharsConsumed = normalized.Length };
    }

    private static EncodedToken At(int id, string value, int start) => new(id, value, start..(start + value.Length));

    private string Normalize(string text)
    {
        text = _rules.RemovesExtraSpaces ? RemoveExtraSpaces(text) : text;
        return (HasPrefix(text) ? Space.ToString() : "") + text.Replace(' ', Space);
    }

    private static string RemoveExtraSpaces(string text) => string.Join(' ', text.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private bool HasPrefix(ReadOnlySpan<char> text) => _rules.AddsDummyPrefix && !_isContinuing && !text.IsEmpty;

    /// <summary>The length of the word that a text begins with.</summary>
    private int EndOfWord(ReadOnlySpan<char> text)
    {
        int letters = _hasWords ? text.IndexOfAnyExcept(' ', Space) : -1;
        int spaces = letters < 0 ? -1 : text[letters..].IndexOfAny(' ', Space);
        return spaces < 0 ? text.Length : letters + spaces;
    }

    private List<int> EncodeWord(ReadOnlySpan<char> word)
    {
        List<int> ids = [];
        string normalized = word.ToString().Replace(' ', Space);
        ForEachPart(normalized, (start, length) => _parts.AddIds(normalized.AsSpan(start, length), ids), (id, _, _) => ids.Add(id));
        return ids;
    }

    /// <summary>Goes through the parts of a text that have tokens, and the bytes of those that have none.</summary>
    private void ForEachPart(string text, Action<int, int> known, Action<int, int, int> unknown)
    {
        int start = 0;
        bool wasUnknown = false;
        for (int i = 0; i < text.Length;)
        {
            int next = text.AsSpan(i).IndexOfAnyExcept(_known);
            i = next < 0 ? text.Length : i + next;
            if (i == text.Length)
            {
                break;
            }

            _ = Rune.DecodeFromUtf16(text.AsSpan(i), out Rune rune, out int length);
            if (length == 2 && _rules.Pieces.ContainsKey(text.Substring(i, 2)))
            {
                i += 2;
                continue;
            }

            if (i > start)
            {
                known(start, i - start);
                wasUnknown = false;
            }

            wasUnknown = AddUnknown(rune, i, length, wasUnknown, unknown);
            i += length;
            start = i;
        }

        if (text.Length > start)
        {
            known(start, text.Length - start);
        }
    }

    private bool AddUnknown(Rune rune, int start, int length, bool wasUnknown, Action<int, int, int> unknown)
    {
        if (_rules.ByteIds is null)
        {
            // Several in a row are one unknown token.
            if (!wasUnknown)
            {
                unknown(_rules.UnknownId, start, length);
            }

            return true;
        }

        Span<byte> bytes = stackalloc byte[4];
        foreach (byte b in bytes[..rune.EncodeToUtf8(bytes)])
        {
            unknown(_rules.ByteIds[b], start, length);
        }

        return false;
    }
}
