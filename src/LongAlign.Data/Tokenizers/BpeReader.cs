using System.Text.Json;

namespace LongAlign.Data;

/// <summary>Reads the BPE model of a tokenizer.json.</summary>
internal sealed class BpeReader
{
    private readonly string _path;
    private readonly JsonElement _model;

    /// <exception cref="InvalidDataException">Vocabulary or merges are damaged.</exception>
    /// <exception cref="NotSupportedException">The model has something that is not supported.</exception>
    public BpeReader(string path, JsonElement model)
    {
        (_path, _model) = (path, model);
        string? refused = model.TypeName() != "BPE" ? $"the model '{model.TypeName()}'; expected BPE"
            : model.IsSet("dropout") ? "a model with dropout"
            : model.IsSet("continuing_subword_prefix") || model.IsSet("end_of_word_suffix") ? "a continuing_subword_prefix or end_of_word_suffix"
            : null;
        if (refused is not null)
        {
            throw new NotSupportedException($"{path} has {refused}, which is not supported.");
        }

        foreach (JsonProperty token in model.GetProperty("vocab").EnumerateObject())
        {
            Ids[token.Name] = token.Value.GetInt32();
        }

        if (Ids.Count == 0 || Ids.Values.Min() < 0 || Ids.Values.Max() >= TokenizerParts.MostTokens || Ids.Values.Distinct().Count() != Ids.Count)
        {
            throw new InvalidDataException($"{path}: the vocabulary is empty, or an id is negative, too large or given twice.");
        }
    }

    /// <summary>The vocabulary.</summary>
    public Dictionary<string, int> Ids { get; } = [];

    /// <summary>Whether a word of the vocabulary is that token, whatever the merges.</summary>
    public bool TakesWholeWords => _model.IsSet("ignore_merges");

    /// <summary>A model of words whose tokens are bytes in the alphabet of GPT-2.</summary>
    /// <param name="asCharacters">Whether words come as characters of that alphabet.</param>
    public BpeModel ToByteLevel(bool asCharacters)
    {
        int[] alphabet = new int[256];
        for (int b = 0; b < alphabet.Length; b++)
        {
            alphabet[b] = Ids.TryGetValue(ByteLevelAlphabet.CharacterOf((byte)b).ToString(), out int id)
                ? id
                : throw new NotSupportedException($"{_path} has no token for the byte 0x{b:X2}; text with it would be lost.");
        }

        return new BpeModel(Ids, ReadMerges()) { Alphabet = asCharacters ? null : alphabet, TakesWholeWords = TakesWholeWords };
    }

    /// <summary>A model of words whose tokens are characters.</summary>
    public BpeModel ToCharacters()
    {
        BpeMerges merges = ReadMerges();
        string? unknown = _model.Text("unk_token");
        int unknownId = unknown is null ? -1 : Ids.TryGetValue(unknown, out int id) ? id : throw new InvalidDataException($"{_path}: the unk_token '{unknown}' is not in the vocabulary.");
        int[]? bytes = _model.IsSet("byte_fallback") ? BpeModel.FindBytes(Ids) : null;
        return unknownId < 0 && (bytes is null || bytes.Contains(-1))
            ? throw new NotSupportedException($"{_path} has neither an unk_token nor, with byte_fallback, a token for each of the bytes <0x00> to <0xFF>; text would be lost.")
            : new BpeModel(Ids, merges) { Fallback = bytes, UnknownId = unknownId, FusesUnknown = _model.IsSet("fuse_unk"), TakesWholeWords = TakesWholeWords };
    }

    private BpeMerges ReadMerges()
    {
        JsonElement all = _model.GetProperty("merges");
        BpeMerges merges = new(all.GetArrayLength());
        foreach ((int i, JsonElement merge) in all.EnumerateArray().Index())
        {
            (string left, string right) = ReadMerge(merge, i);
            merges.Add(IdOf(left), IdOf(right), i, IdOf(left + right));

            int IdOf(string token) => Ids.TryGetValue(token, out int id)
                ? id
                : throw new InvalidDataException($"{_path}: merge {i} is of '{left}' and '{right}', and '{token}' is not in the vocabulary.");
        }

        return merges;
    }

    private (string Left, string Right) ReadMerge(JsonElement merge, int index)
    {
        string[] parts = merge.ValueKind == JsonValueKind.Array ? [.. merge.EnumerateArray().Select(part => part.GetString()!)] : merge.GetString()!.Split(' ');
        return parts is [{ Length: > 0 } left, { Length: > 0 } right]
            ? (left, right)
            : throw new InvalidDataException($"{_path}: merge {index} is {merge}; expected two tokens.");
    }
}
