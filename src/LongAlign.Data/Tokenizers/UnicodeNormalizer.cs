using System.Text;
using Microsoft.ML.Tokenizers;

namespace LongAlign.Data;

/// <summary>One of Unicode's four normalization forms, or several one after another.</summary>
internal sealed class UnicodeNormalizer(IReadOnlyList<NormalizationForm> forms) : Normalizer
{
    public override string Normalize(string original) => forms.Aggregate(original, (text, form) => text.IsNormalized(form) ? text : text.Normalize(form));

    public override string Normalize(ReadOnlySpan<char> original) => Normalize(original.ToString());
}
