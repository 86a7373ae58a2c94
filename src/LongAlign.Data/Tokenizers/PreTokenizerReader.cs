using System.Text.Json;

namespace LongAlign.Data;

/// <summary>Reads the pre-tokenizer of a tokenizer.json.</summary>
internal sealed class PreTokenizerReader
{
    private readonly PatternCompiler _patterns;
    private readonly List<WordStep> _steps = [];
    private readonly List<TextCut> _cuts = [];
    private bool _endsWithBytes;

    public PreTokenizerReader(PatternCompiler patterns, JsonElement preTokenizer)
    {
        _patterns = patterns;
        Read(preTokenizer);
    }

    /// <summary>Whether words become bytes, written as characters.</summary>
    public bool IsByteLevel { get; private set; }

    /// <summary>Whether a space is put before text.</summary>
    public bool AddsSpace { get; private set; }

    /// <summary>Whether a text behind an added token begins no word.</summary>
    public bool Continues { get; private set; } = true;

    /// <summary>The steps, in order.</summary>
    /// <param name="bytesAreLast">Whether the last step turned words into bytes: it is left out, and for the model to do.</param>
    public IReadOnlyList<WordStep> Finish(out bool bytesAreLast)
    {
        bytesAreLast = _endsWithBytes;
        AddCuts();
        return _steps;
    }

    private void Read(JsonElement preTokenizer)
    {
        string type = preTokenizer.TypeName();
        if (type is not ("" or "Sequence") && _endsWithBytes)
        {
            // What follows sees the characters that stand for bytes.
            _endsWithBytes = false;
            AddChange((word, _, changed) => changed.Append(ByteLevelAlphabet.Encode(word)));
        }

        switch (type)
        {
            case "":
                break;
            case "Sequence":
                foreach (JsonElement part in preTokenizer.GetProperty("pretokenizers").EnumerateArray())
                {
                    Read(part);
                }

                break;
            case "ByteLevel":
                ReadByteLevel(preTokenizer);
                break;
            case "Digits":
                _cuts.Add(_patterns.Compile(@"\p{N}", preTokenizer.IsSet("individual_digits") ? SplitBehavior.Isolated : SplitBehavior.Contiguous));
                break;
            case "WhitespaceSplit":
                _cuts.Add(_patterns.Compile(@"\s", SplitBehavior.Removed));
                break;
            case "Metaspace":
                ReadMetaspace(preTokenizer);
                break;
            case "Split":
                ReadSplit(preTokenizer);
                break;
            default:
                throw _patterns.Unsupported($"the pre-tokenizer '{type}' {preTokenizer}");
        }
    }

    private void ReadByteLevel(JsonElement preTokenizer)
    {
        if (preTokenizer.IsSet("add_prefix_space"))
        {
            AddsSpace = true;
            Continues = false;
            AddChange((word, place, changed) => changed.Append(place != TextPlace.Continuing && !word.StartsWith(' ') ? " " : "").Append(word));
        }

        if (preTokenizer.IsSet("use_regex", absent: true))
        {
            _cuts.Add(_patterns.Compile(PatternCompiler.Gpt2));
        }

        IsByteLevel = true;
        _endsWithBytes = true;
    }

    private void ReadMetaspace(JsonElement preTokenizer)
    {
        string replacement = preTokenizer.Text("replacement") is [var only] && !char.IsSurrogate(only) ? only.ToString() : throw _patterns.Unsupported($"the pre-tokenizer 'Metaspace' {preTokenizer}");

        // Older versions write add_prefix_space.
        string scheme = preTokenizer.Text("prepend_scheme") ?? (preTokenizer.IsSet("add_prefix_space", absent: true) ? "always" : "never");
        if (scheme is not ("always" or "first" or "never"))
        {
            throw _patterns.Unsupported($"the prepend_scheme '{scheme}'");
        }

        if (preTokenizer.Text("prepend_scheme") is not null && preTokenizer.TryGetProperty("add_prefix_space", out JsonElement adds) && adds.ValueKind == JsonValueKind.False && scheme != "never")
        {
            throw _patterns.Unsupported($"a Metaspace with add_prefix_space: false and prepend_scheme '{scheme}'");
        }

        AddsSpace = scheme != "never";
        Continues = scheme != "always";
        AddChange((word, place, changed) =>
        {
            bool begins = scheme == "always" ? place != TextPlace.Continuing : scheme == "first" && place == TextPlace.First;
            int start = changed.Length;
            changed.Append(word).Replace(" ", replacement, start, word.Length);
            if (begins && changed[start] != replacement[0])
            {
                changed.Insert(start, replacement);
            }
        });
        if (preTokenizer.IsSet("split", absent: true))
        {
            _cuts.Add(_patterns.CompileLiteral(replacement, SplitBehavior.MergedWithNext, inverts: false));
        }
    }

    private void ReadSplit(JsonElement preTokenizer)
    {
        string name = preTokenizer.GetProperty("behavior").GetString()!;
        if (!Enum.TryParse(name, out SplitBehavior behavior) || char.IsAsciiDigit(name[0]))
        {
            throw _patterns.Unsupported($"the behavior '{name}' of the pre-tokenizer 'Split'");
        }

        bool inverts = preTokenizer.IsSet("invert");
        _cuts.Add(preTokenizer.Literal() is { } literal
            ? _patterns.CompileLiteral(literal, behavior, inverts)
            : _patterns.Compile(preTokenizer.GetProperty("pattern").GetProperty("Regex").GetString()!, behavior, inverts));
    }

    private void AddChange(WordChange change)
    {
        AddCuts();
        _steps.Add(new WordStep(null, change));
    }

    private void AddCuts()
    {
        if (_cuts.Count > 0)
        {
            _steps.Add(new WordStep(_patterns.ToCutter([.. _cuts]), null));
            _cuts.Clear();
        }
    }
}
