using System.Text;
using System.Text.Json;

namespace LongAlign.Data;

/// <summary>Reads the normalizer of a tokenizer.json.</summary>
internal sealed class NormalizerReader
{
    private readonly PatternCompiler _patterns;

    public NormalizerReader(PatternCompiler patterns, JsonElement normalizer)
    {
        _patterns = patterns;
        Read(normalizer);
    }

    /// <summary>The steps, in order.</summary>
    public List<TextChange> Steps { get; } = [];

    /// <summary>Whether text becomes bytes, written as characters.</summary>
    public bool IsByteLevel { get; private set; }

    /// <summary>Whether something is put before each text between added tokens.</summary>
    public bool Prepends { get; private set; }

    private void Read(JsonElement normalizer)
    {
        switch (normalizer.TypeName())
        {
            case "":
                break;
            case "Sequence":
                foreach (JsonElement part in normalizer.GetProperty("normalizers").EnumerateArray())
                {
                    Read(part);
                }

                break;
            case "NFC":
                AddForm(NormalizationForm.FormC);
                break;
            case "NFD":
                AddForm(NormalizationForm.FormD);
                break;
            case "NFKC":
                AddForm(NormalizationForm.FormKC);
                break;
            case "NFKD":
                AddForm(NormalizationForm.FormKD);
                break;
            case "Prepend":
                string before = normalizer.GetProperty("prepend").GetString()!;
                Prepends = true;
                Steps.Add((text, place) => text.Length > 0 && place != TextPlace.Continuing ? before + text : text);
                break;
            case "Replace":
                AddReplace(normalizer);
                break;
            case "Strip":
                bool left = normalizer.GetProperty("strip_left").GetBoolean();
                bool right = normalizer.GetProperty("strip_right").GetBoolean();
                Steps.Add((text, _) => left && right ? text.Trim() : left ? text.TrimStart() : right ? text.TrimEnd() : text);
                break;
            case "ByteLevel":
                IsByteLevel = true;
                Steps.Add((text, _) => ByteLevelAlphabet.Encode(text));
                break;
            case var type:
                throw _patterns.Unsupported($"the normalizer '{type}' {normalizer}");
        }
    }

    private void AddForm(NormalizationForm form) => Steps.Add((text, _) => UnicodeForms.Normalize(text, form));

    private void AddReplace(JsonElement normalizer)
    {
        string content = normalizer.GetProperty("content").GetString()!;
        string literal = normalizer.Literal() is { Length: > 0 } text ? text : throw _patterns.Unsupported($"the normalizer 'Replace' {normalizer}; expected a String to replace");
        Steps.Add((original, _) => original.Replace(literal, content, StringComparison.Ordinal));
    }
}
