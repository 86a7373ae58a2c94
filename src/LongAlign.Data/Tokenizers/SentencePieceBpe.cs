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
    private readonly SearchValues<char> _known;
    private readonly bool _isContinuing;

    /// <param name="rules">Pieces and how text is made ready for them.</param>
    public SentencePieceBpe(SentencePieceRules rules)
    {
        _rules = rules;
        _known = SearchValues.Create([.. rules.Pieces.Keys.Where(piece => piece.Length == 1).Select(piece => piece[0])]);

        // Where ▁ stands at the beginning of pieces only, nothing merges across one, and words can be looked up in the cache.
        bool hasWords = !rules.Pieces.Keys.Any(piece => piece.AsSpan().TrimStart(Space).Contains(Space));
        WordPreTokenizer words = hasWords ? new SpacePreTokenizer() : new SplitPreTokenizer([]);
        _bpe = BpeTokenizer.Create(new BpeOptions(rules.Pieces) { Merges = rules.Merges, PreTokenizer = words });
        _words = new WordCache(_bpe, words);
    }

    private SentencePieceBpe(SentencePieceBpe other)
    {
        (_rules, _bpe, _words, _known, _isContinuing) = (other._rules, other._bpe, other._words, other._known, true);
    }

    /// <summary>The same for text right behind other text: no space is put before it.</summary>
    public SentencePieceBpe Continuing() => new(this);

    /// <summary>Adds the ids of a text to a list.</summary>
    public void AddIds(string text, List<int> ids)
    {
        if (_rules.RemovesExtraSpaces)
        {
            AddNormalized(Normalize(text), ids);
            return;
        }

        // As Normalize and AddNormalized do, without strings that would be garbage at once; they keep several threads from their work.
        int prefix = HasPrefix(text) ? 1 : 0;
        char[] buffer = ArrayPool<char>.Shared.Rent(prefix + text.Length);
        Span<char> normalized = buffer.AsSpan(0, prefix + text.Length);
        normalized[..prefix].Fill(Space);
        text.AsSpan().Replace(normalized[prefix..], ' ', Space);
        if (normalized.IndexOfAnyExcept(_known) < 0)
        {
            _words.AddIds(normalized, ids);
        }
        else
        {
            AddNormalized(normalized.ToString(), ids);
        }

        ArrayPool<char>.Shared.Return(buffer);
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
        string normalized = Normalize(text ?? textSpan.ToString());
        List<int> ids = new(normalized.Length / 3);
        AddNormalized(normalized, ids);
        if (ids.Count > settings.MaxTokenCount)
        {
            throw new NotSupportedException($"There are {ids.Count} tokens, and at most {settings.MaxTokenCount} were asked for; encode the whole text.");
        }

        return new EncodeResults<int> { Tokens = ids, NormalizedText = normalized, CharsConsumed = normalized.Length };
    }

    protected override EncodeResults<EncodedToken> EncodeToTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        List<EncodedToken> tokens = [];
        string normalized = Normalize(text ?? textSpan.ToString());
        ForEachPart(
            normalized,
            (start, length) => tokens.AddRange(_bpe.EncodeToTokens(normalized.AsSpan(start, length), out _).Select(
                token => new EncodedToken(token.Id, token.Value, new Range(token.Offset.Start.Value + start, token.Offset.End.Value + start)))),
            (id, start, length) => tokens.Add(new EncodedToken(id, normalized.Substring(start, length), new Range(start, start + length))));
        return new EncodeResults<EncodedToken> { Tokens = tokens, NormalizedText = normalized, CharsConsumed = normalized.Length };
    }

    private string Normalize(string text)
    {
        if (_rules.RemovesExtraSpaces)
        {
            text = string.Join(' ', text.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        }

        return (HasPrefix(text) ? Space.ToString() : "") + text.Replace(' ', Space);
    }

    private void AddNormalized(string text, List<int> ids)
        => ForEachPart(text, (start, length) => _words.AddIds(text.AsSpan(start, length), ids), (id, _, _) => ids.Add(id));

    private bool HasPrefix(string text) => _rules.AddsDummyPrefix && !_isContinuing && text.Length > 0;

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
