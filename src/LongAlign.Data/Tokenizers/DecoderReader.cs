using System.Text;
using System.Text.Json;

namespace LongAlign.Data;

/// <summary>Reads the decoder of a tokenizer.json: the bytes of each token, and what is left out where a text begins.</summary>
internal sealed class DecoderReader
{
    private readonly PatternCompiler _patterns;
    private readonly List<(string Old, string New)> _replacements = [];
    private bool _isByteLevel;
    private bool _hasBytes;
    private bool _isFused;

    /// <param name="patterns">Knows the file, for messages.</param>
    /// <param name="decoder">The decoder. Where there is none, the tokenizers library writes the tokens as they are with spaces between them; here it is the one that gives the text back.</param>
    /// <param name="isOfBytes">Whether tokens are of bytes.</param>
    /// <param name="addsSpace">Whether a space is put before text.</param>
    public DecoderReader(PatternCompiler patterns, JsonElement decoder, bool isOfBytes, bool addsSpace)
    {
        _patterns = patterns;
        if (decoder.TypeName().Length > 0)
        {
            Read(decoder);
            return;
        }

        (_isByteLevel, _hasBytes) = (isOfBytes, !isOfBytes);
        _replacements.Add(($"{SpaceWords.Space}", " "));
        LeadingSpaces = addsSpace ? LeadingSpaces.FirstRemoved : LeadingSpaces.Kept;
    }

    /// <summary>The treatment of spaces at the beginning of a text.</summary>
    public LeadingSpaces LeadingSpaces { get; private set; }

    /// <summary>Returns the bytes that a token adds to a text.</summary>
    public byte[] BytesOf(string token)
    {
        if (_isByteLevel)
        {
            return ByteLevelAlphabet.Decode(token) ?? Encoding.UTF8.GetBytes(token);
        }

        foreach ((string old, string @new) in _replacements)
        {
            token = token.Replace(old, @new, StringComparison.Ordinal);
        }

        return _hasBytes && SentencePiece.ByteOf(token) is { } value ? [value] : Encoding.UTF8.GetBytes(token);
    }

    private void Read(JsonElement decoder)
    {
        switch (decoder.TypeName())
        {
            case "Sequence" when !_isByteLevel:
                foreach (JsonElement part in decoder.GetProperty("decoders").EnumerateArray())
                {
                    Read(part);
                }

                break;
            case "ByteLevel" when !_isByteLevel && !_hasBytes && !_isFused && _replacements.Count == 0:
                _isByteLevel = true;
                break;
            case "Replace" when !_isByteLevel && !_hasBytes && !_isFused && decoder.Literal() is { Length: > 0 } literal:
                _replacements.Add((literal, decoder.GetProperty("content").GetString()!));
                break;
            case "ByteFallback" when !_isByteLevel && !_isFused:
                _hasBytes = true;
                break;
            case "Fuse":
                _isFused = true;
                break;
            case "Strip" when _isFused && decoder.Text("content") == " " && decoder.GetProperty("stop").GetInt32() == 0 && decoder.GetProperty("start").GetInt32() == 1 && LeadingSpaces == LeadingSpaces.Kept:
                LeadingSpaces = LeadingSpaces.FirstRemoved;
                break;
            case var type:
                throw _patterns.Unsupported($"the decoder '{type}' {decoder} here");
        }
    }
}
