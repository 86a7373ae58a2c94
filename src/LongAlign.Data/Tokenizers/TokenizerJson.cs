using System.Text.Json;

namespace LongAlign.Data;

/// <summary>
/// A <c>tokenizer.json</c> with a BPE model, of bytes or of characters. Every part is done exactly as the tokenizers library does it, or refused by
/// its name. Settings of past calls (truncation, padding) are not applied.
/// </summary>
internal static class TokenizerJson
{
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    /// <exception cref="NotSupportedException">The file asks for something that is not supported.</exception>
    public static TokenizerParts Load(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            return Read(path, document.RootElement);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or OverflowException)
        {
            throw new InvalidDataException($"{path} is not a readable tokenizer.json: {e.Message}", e);
        }
    }

    private static TokenizerParts Read(string path, JsonElement root)
    {
        BpeReader bpe = new(path, root.GetProperty("model"));
        PatternCompiler patterns = new(path);
        NormalizerReader normalizer = new(patterns, root.Optional("normalizer"));
        PreTokenizerReader preTokenizer = new(patterns, root.Optional("pre_tokenizer"));
        AddedTokens added = ReadAdded(path, root.Optional("added_tokens"), bpe.Ids);
        IReadOnlyList<WordStep> steps = preTokenizer.Finish(out bool bytesAreLast);
        bool isOfBytes = normalizer.IsByteLevel || preTokenizer.IsByteLevel;
        DecoderReader decoder = new(patterns, root.Optional("decoder"), isOfBytes, normalizer.Prepends || preTokenizer.AddsSpace);
        TokenizerPipeline pipeline = new(normalizer.Steps, steps, isOfBytes ? bpe.ToByteLevel(asCharacters: !bytesAreLast) : bpe.ToCharacters())
        {
            NormalizedTokens = [.. added.All.Where(token => token.IsNormalized)],
            SpacesAreWritten = !isOfBytes,
            HasSpaceWords = !isOfBytes && !bpe.TakesWholeWords && SpaceWords.AreSafe(bpe.Ids.Keys),
        };
        byte[]?[] bytes = new byte[]?[bpe.Ids.Values.Max() + 1];
        foreach ((string token, int id) in bpe.Ids)
        {
            bytes[id] = decoder.BytesOf(token);
        }

        return new TokenizerParts
        {
            Encoder = pipeline,
            TokenBytes = bytes,
            Write = decoder.BytesOf,
            LeadingSpaces = decoder.LeadingSpaces,
            Vocabulary = bpe.Ids,
            ContinuesBehindAddedTokens = !normalizer.Prepends && preTokenizer.Continues,
            PrefixIds = ReadPrefix(root.Optional("post_processor"), patterns),
            VocabularySize = bytes.Length,
        }.With(added.All);
    }

    private static AddedTokens ReadAdded(string path, JsonElement tokens, Dictionary<string, int> vocabulary)
    {
        AddedTokens added = new(vocabulary, []);
        if (tokens.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement token in tokens.EnumerateArray())
            {
                added.Add(path, token, token.GetProperty("id").GetInt32());
            }
        }

        return added;
    }

    /// <summary>The ids before the text in a TemplateProcessing; nothing may come behind it.</summary>
    private static int[]? ReadPrefix(JsonElement processor, PatternCompiler patterns)
    {
        switch (processor.TypeName())
        {
            case "" or "ByteLevel":
                return null;
            case "Sequence":
                int[] ids = [.. processor.GetProperty("processors").EnumerateArray().SelectMany(part => ReadPrefix(part, patterns) ?? [])];
                return ids.Length > 0 ? ids : null;
            case "TemplateProcessing":
                JsonElement[] single = [.. processor.GetProperty("single").EnumerateArray()];
                JsonElement special = processor.GetProperty("special_tokens");
                return single.Length > 0 && single[^1].TryGetProperty("Sequence", out _)
                    ? [.. single[..^1].SelectMany(part => special.GetProperty(part.GetProperty("SpecialToken").GetProperty("id").GetString()!).GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()))]
                    : throw patterns.Unsupported("a TemplateProcessing that puts tokens behind the text");
            case var type:
                throw patterns.Unsupported($"the post_processor '{type}'");
        }
    }
}
