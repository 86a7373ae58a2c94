using System.Text;

namespace LongAlign.Data;

/// <summary>
/// Turns ids into text one by one. A character whose bytes come in several tokens appears when its last byte is there, never in parts.
/// </summary>
/// <remarks>Not thread-safe; one for each text.</remarks>
public sealed class TokenDecoder
{
    private readonly ModelTokenizer _tokenizer;
    private readonly Decoder _utf8 = Encoding.UTF8.GetDecoder();
    private readonly List<int> _pending = [];
    private bool _isFirst;

    internal TokenDecoder(ModelTokenizer tokenizer)
    {
        _tokenizer = tokenizer;
        _isFirst = tokenizer.BeginsWithSpace;
    }

    /// <summary>Adds an id.</summary>
    /// <param name="id">The id; special ones give no text.</param>
    /// <returns>The text that is whole now, often empty.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The vocabulary has no such id.</exception>
    public string Append(int id)
    {
        if ((uint)id >= (uint)_tokenizer.VocabularySize)
        {
            throw new ArgumentOutOfRangeException(nameof(id), id, $"There is no token {id}; expected 0 to {_tokenizer.VocabularySize - 1}.");
        }

        if (_tokenizer.IsSpecial(id))
        {
            return "";
        }

        if (!_tokenizer.KnowsBytes)
        {
            return AppendUnknown(id);
        }

        ReadOnlySpan<byte> bytes = _tokenizer.Bytes(id);
        if (_isFirst && bytes.Length > 0)
        {
            _isFirst = false;
            bytes = bytes[0] == (byte)' ' ? bytes[1..] : bytes;
        }

        return Convert(bytes, flush: false);
    }

    /// <summary>Ends the text.</summary>
    /// <returns>U+FFFD where the bytes of the last character are not complete; otherwise nothing.</returns>
    public string Finish()
    {
        string rest = _pending.Count > 0 ? _tokenizer.Tokenizer.Decode(_pending) : "";
        _pending.Clear();
        return rest + Convert([], flush: true);
    }

    private string Convert(ReadOnlySpan<byte> bytes, bool flush)
    {
        char[] characters = new char[_utf8.GetCharCount(bytes, flush)];
        return new string(characters, 0, _utf8.GetChars(bytes, characters, flush));
    }

    /// <summary>A tokenizer that doesn't tell its bytes: its text stands when it doesn't end within a character.</summary>
    private string AppendUnknown(int id)
    {
        _pending.Add(id);
        string text = _tokenizer.Tokenizer.Decode(_pending);
        if (text.EndsWith('\uFFFD') && _pending.Count < 4)
        {
            return "";
        }

        _pending.Clear();
        return text;
    }
}
