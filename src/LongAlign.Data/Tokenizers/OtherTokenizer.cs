using Microsoft.ML.Tokenizers;

namespace LongAlign.Data;

/// <summary>A tokenizer of Microsoft.ML.Tokenizers.</summary>
internal sealed class OtherTokenizer(Tokenizer tokenizer) : TextEncoder
{
    public override void AddIds(ReadOnlySpan<char> text, TextPlace place, bool withSpecial, List<int> ids) => ids.AddRange(tokenizer.EncodeToIds(text));

    public override ReadOnlySpan<char> Normalize(ReadOnlySpan<char> text) => tokenizer.Normalizer is { } normalizer ? normalizer.Normalize(text) : text;

    public string Decode(IEnumerable<int> ids) => tokenizer.Decode(ids) ?? "";
}
