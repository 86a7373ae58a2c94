using System.Text.Json;

namespace LongAlign.Data;

/// <summary>The tokenizer files of a Hugging Face folder.</summary>
internal sealed class TokenizerFolder(string folder)
{
    private const string SentencePieceFile = "tokenizer.model";
    private const string JsonFile = "tokenizer.json";
    private const byte FirstByteOfSentencePiece = 0x0A; // its first field is the first piece

    private readonly JsonElement _config = OptionalJson.Read(Path.Combine(folder, "tokenizer_config.json"));

    public ModelTokenizer Load()
    {
        string sentencePiece = Path.Combine(folder, SentencePieceFile);
        string json = Path.Combine(folder, JsonFile);
        string? tiktoken = Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*.tiktoken").Order(StringComparer.Ordinal).FirstOrDefault() : null;
        byte[]? pieces = File.Exists(sentencePiece) ? File.ReadAllBytes(sentencePiece) : null;
        if (pieces is not null && TiktokenFile.IsTiktoken(pieces))
        {
            (pieces, tiktoken) = (null, tiktoken ?? sentencePiece);
        }

        // Transformers prefers the JSON file, too.
        if (File.Exists(json))
        {
            try
            {
                return Finish(TokenizerJson.Load(json), end: null);
            }
            catch (NotSupportedException) when (pieces is not null)
            {
                return Finish(ReadSentencePiece(sentencePiece, pieces), "</s>");
            }
        }

        if (pieces is not null)
        {
            return Finish(ReadSentencePiece(sentencePiece, pieces), "</s>");
        }

        if (tiktoken is null)
        {
            string[] found = Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*token*").Select(file => Path.GetFileName(file)!)] : [];
            throw new FileNotFoundException(
                $"There is no tokenizer in {Path.GetFullPath(folder)} ({(found.Length > 0 ? $"there is {string.Join(", ", found)}" : "it has no file of that kind")}); expected {SentencePieceFile} (SentencePiece or tiktoken), {JsonFile} (BPE) or a .tiktoken file.",
                json);
        }

        (TokenizerParts parts, string[] prefix, string end) = TiktokenFile.Load(tiktoken);
        return Finish(parts with { PrefixIds = [.. prefix.Select(parts.IdOf)] }, end);
    }

    private TokenizerParts ReadSentencePiece(string path, byte[] bytes)
    {
        try
        {
            TokenizerParts parts = bytes is [FirstByteOfSentencePiece, ..] ? SentencePieceModel.Read(bytes).ToParts() : throw new InvalidDataException("It does not begin with a piece.");

            // Transformers puts a space before the text behind a special token unless the configuration says "legacy": false.
            return parts with { ContinuesBehindAddedTokens = _config.ValueKind == JsonValueKind.Object && _config.TryGetProperty("legacy", out JsonElement legacy) && legacy.ValueKind == JsonValueKind.False };
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{path} is not a readable SentencePiece model: {e.Message}", e);
        }
        catch (NotSupportedException e)
        {
            throw new NotSupportedException($"{path}: {e.Message}.", e);
        }
    }

    /// <summary>Adds what the configuration files say to what the tokenizer's own file says.</summary>
    private ModelTokenizer Finish(TokenizerParts parts, string? end)
    {
        bool isChatGlm = Text("tokenizer_class") == "ChatGLMTokenizer";
        parts = isChatGlm ? ChatGlmTokens.AddTo(parts) : AddTokens(parts);
        string? beginToken = Text("bos_token");
        string? endToken = Text("eos_token");
        foreach (string? token in new[] { beginToken, endToken, Text("pad_token"), Text("unk_token") })
        {
            // What begins, ends or pads a sequence is special, whatever the file says of it.
            parts = token is null ? parts : parts.WithSpecial(token);
        }

        int endId = endToken is not null && parts.TryGetId(endToken, out int id) ? id
            : parts.EndOfSequenceId ?? EndFromModelConfig() ?? (end is not null && parts.TryGetId(end, out id) ? id : (int?)null)
            ?? throw new InvalidDataException($"{Path.GetFullPath(folder)} does not say which token ends a sequence; expected eos_token in tokenizer_config.json or eos_token_id in config.json.");
        int[] prefix = isChatGlm ? ChatGlmTokens.Prefix(parts) : parts.PrefixIds ?? (AddsBegin(parts) ? [Begin(parts, beginToken)] : []);
        return new ModelTokenizer(parts, prefix, endId, Math.Max(parts.VocabularySize, endId + 1));
    }

    private bool AddsBegin(TokenizerParts parts)
        => _config.ValueKind == JsonValueKind.Object && _config.TryGetProperty("add_bos_token", out JsonElement adds)
            ? adds.ValueKind == JsonValueKind.True
            : parts.BeginOfSequenceId is not null;

    private int Begin(TokenizerParts parts, string? token)
        => token is not null && parts.TryGetId(token, out int id) ? id
            : parts.BeginOfSequenceId ?? throw new InvalidDataException($"{Path.GetFullPath(folder)}/tokenizer_config.json asks for add_bos_token, and its bos_token '{token}' is not a token.");

    /// <summary>Tokens of tokenizer_config.json that the tokenizer's own file lacks.</summary>
    private TokenizerParts AddTokens(TokenizerParts parts)
    {
        if (_config.ValueKind != JsonValueKind.Object || !_config.TryGetProperty("added_tokens_decoder", out JsonElement tokens) || tokens.ValueKind != JsonValueKind.Object)
        {
            return parts;
        }

        string path = Path.Combine(folder, "tokenizer_config.json");
        AddedTokens added = new(parts.Vocabulary, parts.AddedTokens);
        foreach (JsonProperty token in tokens.EnumerateObject().OrderBy(token => token.Name.Length).ThenBy(token => token.Name, StringComparer.Ordinal))
        {
            if (!int.TryParse(token.Name, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int id))
            {
                throw new InvalidDataException($"{path}: '{token.Name}' in added_tokens_decoder is not an id.");
            }

            if (token.Value.GetProperty("content").GetString() is { } content && parts.TryGetId(content, out int known) && known == id && parts.Vocabulary is null)
            {
                continue; // A piece of the model, which finds it itself.
            }

            added.Add(path, token.Value, id);
        }

        return parts.With([.. added.All.Except(parts.AddedTokens)]);
    }

    /// <summary>config.json may name several ids that end an answer; the first counts.</summary>
    private int? EndFromModelConfig()
    {
        JsonElement config = OptionalJson.Read(Path.Combine(folder, "config.json"));
        if (config.ValueKind != JsonValueKind.Object || !config.TryGetProperty("eos_token_id", out JsonElement end))
        {
            return null;
        }

        return end.ValueKind == JsonValueKind.Array && end.GetArrayLength() > 0 ? end[0].GetInt32() : end.ValueKind == JsonValueKind.Number ? end.GetInt32() : null;
    }

    /// <summary>A token's text, which is a string or an object with its content.</summary>
    private string? Text(string name)
    {
        if (_config.ValueKind != JsonValueKind.Object || !_config.TryGetProperty(name, out JsonElement value))
        {
            return null;
        }

        return value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Object when value.TryGetProperty("content", out JsonElement content) => content.GetString(),
            _ => null,
        };
    }
}
