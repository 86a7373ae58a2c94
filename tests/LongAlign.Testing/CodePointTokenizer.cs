using System.Buffers;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace LongAlign.Testing;

/// <summary>The golden data's tokenizer: one token for each Unicode code point, id = 100 + code point.</summary>
public sealed class CodePointTokenizer : Tokenizer
{
    private const int FirstId = 100;

    public override string Decode(IEnumerable<int> ids) => string.Concat(ids.Where(id => id is >= FirstId and <= FirstId + 0x10FFFF).Select(id => char.ConvertFromUtf32(id - FirstId)));

    public override OperationStatus Decode(IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten)
        => throw new NotSupportedException();

    protected override EncodeResults<EncodedToken> EncodeToTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        string whole = text ?? textSpan.ToString();
        List<EncodedToken> tokens = [];
        int offset = 0;
        foreach (Rune rune in whole.EnumerateRunes())
        {
            tokens.Add(new EncodedToken(FirstId + rune.Value, rune.ToString(), new Range(offset, offset + rune.Utf16SequenceLength)));
            offset += rune.Utf16SequenceLength;
        }

        return new EncodeResults<EncodedToken> { Tokens = tokens, NormalizedText = null, CharsConsumed = whole.Length };
    }
}
