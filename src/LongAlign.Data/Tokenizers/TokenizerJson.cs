using System.Text;
using System.Text.Json;

namespace LongAlign.Data;

/// <summary>
/// A <c>tokenizer.json</c> with a BPE model: byte-level, or SentencePiece-style with byte fallback. Every part is done exactly as it says, or
/// refused by its name.
/// </summary>
internal sealed class TokenizerJson
{
    private readonly string _path;
    private readonly JsonElement _root;
    private readonly TokenPatterns _patterns;
    private readonly List<NormalizationForm> _forms = [];
    private bool _isByteLevel;
    private bool _replacesSpace;
    private bool _addsDummyPrefix;
    private bool _continuesBehindAddedTokens;

    private TokenizerJson(string path, JsonElement root)
    {
        _path = path;
        _root = root;
        _patterns = new TokenPatterns(path);
    }

    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    /// <exception cref="NotSupportedException">The file asks for something that is not supported.</exception>
    public static TokenizerParts Load(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            return new TokenizerJson(path, document.RootElement).Read();
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or OverflowException)
        {
            throw new InvalidDataException($"{path} is no tokenizer.json that can be read: {e.Message}", e);
        }
    }

    private TokenizerParts Read()
    {
        JsonElement model = _root.GetProperty("model");
        string type = TypeOf(model);
        if (type != "BPE")
        {
            throw Unsupported($"the model '{type}'; expected BPE");
        }

        if (IsSet(model, "dropout"))
        {
            throw Unsupported("a model with dropout");
        }

        if (IsSet(model, "continuing_subword_prefix") || IsSet(model, "end_of_word_suffix"))
        {
            throw Unsupported("a continuing_subword_prefix or end_of_word_suffix");
        }

        ReadNormalizer(_root.TryGetProperty("normalizer", out JsonElement normalizer) ? normalizer : default);
        ReadPreTokenizer(_root.TryGetProperty("pre_tokenizer", out JsonElement preTokenizer) ? preTokenizer : default);
        BpeVocabulary vocabulary = BpeVocabulary.Read(_path, model);
        AddedTokens added = AddedTokens.Read(_path, _root.TryGetProperty("added_tokens", out JsonElement tokens) ? tokens : default);
        TokenizerParts parts = (_isByteLevel, _replacesSpace) switch
        {
            (true, false) => vocabulary.ToByteLevel(_patterns.ToPreTokenizer(), _forms.Count > 0 ? new UnicodeNormalizer(_forms) : null),
            (false, true) when _forms.Count == 0 => vocabulary.ToSentencePiece(_addsDummyPrefix, added),
            _ => throw Unsupported("a BPE model that is neither byte-level (pre-tokenizer ByteLevel) nor SentencePiece-style (spaces replaced by ▁)"),
        };
        return parts with
        {
            SpecialTokens = added.Special,
            AddedTokens = added.Ordinary,
            ContinuesBehindAddedTokens = _continuesBehindAddedTokens,
            PrefixIds = _root.TryGetProperty("post_processor", out JsonElement processor) ? ReadPrefix(processor) : null,
            VocabularySize = Math.Max(vocabulary.Size, added.Size),
        };
    }

    private void ReadNormalizer(JsonElement normalizer)
    {
        switch (TypeOf(normalizer))
        {
            case "":
                break;
            case "Sequence":
                ForEach(normalizer, "normalizers", ReadNormalizer);
                break;
            case "NFC" or "NFD" or "NFKC" or "NFKD":
                _forms.Add(TypeOf(normalizer) switch
                {
                    "NFC" => NormalizationForm.FormC,
                    "NFD" => NormalizationForm.FormD,
                    "NFKC" => NormalizationForm.FormKC,
                    _ => NormalizationForm.FormKD,
                });
                break;
            case "Prepend" when normalizer.GetProperty("prepend").GetString() == "▁":
                _addsDummyPrefix = true;
                break;
            case "Replace" when Literal(normalizer) == " " && normalizer.GetProperty("content").GetString() == "▁":
                _replacesSpace = true;
                _continuesBehindAddedTokens = !_addsDummyPrefix;
                break;
            case var type:
                throw Unsupported($"the normalizer '{type}' {normalizer}");
        }
    }

    private void ReadPreTokenizer(JsonElement preTokenizer)
    {
        switch (TypeOf(preTokenizer))
        {
            case "":
                break;
            case "Sequence":
                ForEach(preTokenizer, "pretokenizers", ReadPreTokenizer);
                break;
            case "ByteLevel" when !IsSet(preTokenizer, "add_prefix_space"):
                _isByteLevel = true;
                if (!preTokenizer.TryGetProperty("use_regex", out JsonElement useRegex) || useRegex.GetBoolean())
                {
                    _patterns.Add(TokenPatterns.Gpt2);
                }

                break;
            case "Digits":
                _patterns.Add(IsSet(preTokenizer, "individual_digits") ? @"\p{N}" : @"\p{N}+");
                break;
            case "Metaspace" when !IsSet(preTokenizer, "split", absent: true) && preTokenizer.GetProperty("replacement").GetString() == "▁":
                ReadMetaspace(preTokenizer);
                break;
            case "Split" when _replacesSpace && Literal(preTokenizer) == " ":
                break; // No space is left to split at.
            case "Split" when IsIsolated(preTokenizer):
                ReadPattern(preTokenizer);
                break;
            case var type:
                throw Unsupported($"the pre-tokenizer '{type}' {preTokenizer}");
        }
    }

    private void ReadMetaspace(JsonElement preTokenizer)
    {
        string scheme = preTokenizer.TryGetProperty("prepend_scheme", out JsonElement value) ? value.GetString()! : "always";
        if (scheme is not ("always" or "first" or "never"))
        {
            throw Unsupported($"the prepend_scheme '{scheme}'");
        }

        _replacesSpace = true;
        _addsDummyPrefix = scheme != "never";
        _continuesBehindAddedTokens = scheme != "always";
    }

    /// <summary>What matches and what doesn't are both kept: as Isolated, or as Removed where a pattern for all of the text is inverted.</summary>
    private static bool IsIsolated(JsonElement split)
        => split.GetProperty("behavior").GetString() switch
        {
            "Isolated" => true,
            "Removed" => IsSet(split, "invert"),
            _ => false,
        };

    private void ReadPattern(JsonElement split)
    {
        if (Literal(split) is { } literal)
        {
            _patterns.AddLiteral(literal);
        }
        else
        {
            _patterns.Add(split.GetProperty("pattern").GetProperty("Regex").GetString()!);
        }
    }

    /// <summary>The ids before the text in a TemplateProcessing; nothing may come behind it.</summary>
    private int[]? ReadPrefix(JsonElement processor)
    {
        switch (TypeOf(processor))
        {
            case "" or "ByteLevel":
                return null;
            case "Sequence":
                int[] ids = [.. processor.GetProperty("processors").EnumerateArray().SelectMany(part => ReadPrefix(part) ?? [])];
                return ids.Length > 0 ? ids : null;
            case "TemplateProcessing":
                JsonElement[] single = [.. processor.GetProperty("single").EnumerateArray()];
                JsonElement special = processor.GetProperty("special_tokens");
                return single.Length > 0 && single[^1].TryGetProperty("Sequence", out _)
                    ? [.. single[..^1].SelectMany(part => special.GetProperty(part.GetProperty("SpecialToken").GetProperty("id").GetString()!).GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()))]
                    : throw Unsupported("a TemplateProcessing that puts tokens behind the text");
            case var type:
                throw Unsupported($"the post_processor '{type}'");
        }
    }

    private static string? Literal(JsonElement element)
        => element.GetProperty("pattern").TryGetProperty("String", out JsonElement text) ? text.GetString() : null;

    private static void ForEach(JsonElement element, string name, Action<JsonElement> read)
    {
        foreach (JsonElement part in element.GetProperty(name).EnumerateArray())
        {
            read(part);
        }
    }

    /// <summary>The type of a part; empty where there is no part.</summary>
    private static string TypeOf(JsonElement part)
        => part.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? ""
            : part.TryGetProperty("type", out JsonElement type) ? type.GetString() ?? "" : part.TryGetProperty("merges", out _) ? "BPE" : "?";

    private static bool IsSet(JsonElement part, string name, bool absent = false)
        => !part.TryGetProperty(name, out JsonElement value) ? absent : value.ValueKind switch
        {
            JsonValueKind.Null or JsonValueKind.False => false,
            JsonValueKind.String => value.GetString() != "",
            JsonValueKind.Number => value.GetDouble() != 0,
            _ => true,
        };

    private NotSupportedException Unsupported(string what) => new($"{_path} has {what}, which is not supported.");
}
