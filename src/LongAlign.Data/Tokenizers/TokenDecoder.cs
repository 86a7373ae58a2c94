using System.Text;

namespace LongAlign.Data;

/// <summary>
/// Turns ids into text one by one. A character whose bytes come in several tokens appears when its last byte is there, never in parts.
/// </summary>
/// <remarks>Not thread-safe; one for each text.</remarks>
public sealed class TokenDecoder
{
    private const int LongestCharacter = 4;

    private readonly ModelTokenizer _tokenizer;
    private readonly bool _withSpecialTokens;
    private readonly Decoder _utf8 = Encoding.UTF8.GetDecoder();
    private readonly List<int> _pending = [];
    private bool _isAtStart = true;

    // Of the ids that wait, how many are told already, and the length of their text.
    private int _told;
    private int _toldLength;

    internal TokenDecoder(ModelTokenizer tokenizer, bool withSpecialTokens) => (_tokenizer, _withSpecialTokens) = (tokenizer, withSpecialTokens);

    /// <summary>Adds an id.</summary>
    /// <param name="id">The id. Special ones, unless they were asked for, and those that a model has above its tokenizer's vocabulary give no text.</param>
    /// <returns>The text that is whole now, often empty.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The id is negative.</exception>
    public string Append(int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        if (id >= _tokenizer.VocabularySize || (!_withSpecialTokens && _tokenizer.IsLeftOut(id)))
        {
            return "";
        }

        if (_tokenizer.IsLeftOut(id) && _tokenizer.Bytes(id) is null)
        {
            return TakePending() + Convert(Encoding.UTF8.GetBytes(_tokenizer.NameOf(id)), flush: false);
        }

        if (!_tokenizer.KnowsBytes)
        {
            return AppendUnknown(id);
        }

        ReadOnlySpan<byte> bytes = _tokenizer.Bytes(id);
        if (_isAtStart && bytes.Length > 0)
        {
            bytes = _tokenizer.LeadingSpaces != LeadingSpaces.Kept && bytes[0] == (byte)' ' && !_tokenizer.IsUnknown(id) ? bytes[1..] : bytes;
            _isAtStart = _tokenizer.LeadingSpaces == LeadingSpaces.RemovedOfEachToken && bytes.IsEmpty;
        }

        return Convert(bytes, flush: false);
    }

    /// <summary>Ends the text.</summary>
    /// <returns>U+FFFD where the bytes of the last character are not complete; otherwise nothing.</returns>
    public string Finish() => TakePending() + Convert([], flush: true);

    private string Convert(ReadOnlySpan<byte> bytes, bool flush)
    {
        char[] characters = new char[_utf8.GetCharCount(bytes, flush)];
        return new string(characters, 0, _utf8.GetChars(bytes, characters, flush));
    }

    /// <summary>
    /// A tokenizer that doesn't tell its bytes: ids are decoded behind those before them, as their text may depend on these, and it stands when
    /// it doesn't end within a character.
    /// </summary>
    private string AppendUnknown(int id)
    {
        _pending.Add(id);
        string text = _tokenizer.DecodeOther(_pending);
        if (text.EndsWith('\uFFFD') && _pending.Count - _told < LongestCharacter)
        {
            return "";
        }

        string piece = text[Math.Min(_toldLength, text.Length)..];
        _pending.RemoveRange(0, _told);
        _told = _pending.Count;
        _toldLength = _tokenizer.DecodeOther(_pending).Length;
        return piece;
    }

    private string TakePending()
    {
        string rest = _pending.Count > _told ? _tokenizer.DecodeOther(_pending) : "";
        rest = rest[Math.Min(_toldLength, rest.Length)..];
        _pending.Clear();
        (_told, _toldLength) = (0, 0);
        return rest;
    }
}
