using System.Buffers;
using System.Text.Json;
using System.Text.RegularExpressions;
using LongAlign.Data;
using Microsoft.ML.Tokenizers;

namespace LongAlign.Evaluation.Tests;

/// <summary>The golden data's tokenizer of the needle test: words, numbers and single characters.</summary>
internal sealed partial class ToyTokenizer : Tokenizer
{
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<int, string> _texts;

    private ToyTokenizer(JsonElement vocabulary)
    {
        _ids = vocabulary.EnumerateObject().ToDictionary(token => token.Name, token => token.Value.GetInt32());
        _texts = _ids.ToDictionary(token => token.Value, token => token.Key);
    }

    public static ModelTokenizer Read(JsonElement golden)
        => new(new ToyTokenizer(golden.GetProperty("vocabulary")), Golden.Ints(golden.GetProperty("prefix_ids")), endOfSequenceId: 2, vocabularySize: 65_024);

    public override string Decode(IEnumerable<int> ids) => string.Concat(ids.Select(id => _texts[id]));

    public override OperationStatus Decode(IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten)
        => throw new NotSupportedException();

    protected override EncodeResults<EncodedToken> EncodeToTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        string whole = text ?? textSpan.ToString();
        return new EncodeResults<EncodedToken>
        {
            Tokens = [.. Token().Matches(whole).Select(match => new EncodedToken(_ids[match.Value], match.Value, new Range(match.Index, match.Index + match.Length)))],
            NormalizedText = null,
            CharsConsumed = whole.Length,
        };
    }

    [GeneratedRegex(@" ?[A-Za-z]+| ?[0-9]+|[\s\S]")]
    private static partial Regex Token();
}
