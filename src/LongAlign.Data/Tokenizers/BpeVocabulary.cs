using System.Text.Json;
using Microsoft.ML.Tokenizers;

namespace LongAlign.Data;

/// <summary>Vocabulary and merges of a BPE model, and the tokenizers that have the same ids.</summary>
internal sealed class BpeVocabulary
{
    private readonly string _path;
    private readonly Dictionary<string, int> _ids;
    private readonly (string Left, string Right)[] _merges;
    private readonly bool _ignoresMerges;
    private readonly string? _unknown;

    private BpeVocabulary(string path, Dictionary<string, int> ids, (string Left, string Right)[] merges, bool ignoresMerges, string? unknown)
    {
        _path = path;
        _ids = ids;
        _merges = merges;
        _ignoresMerges = ignoresMerges;
        _unknown = unknown;
        Size = ids.Values.DefaultIfEmpty(-1).Max() + 1;
    }

    /// <summary>The largest id + 1.</summary>
    public int Size { get; }

    public static BpeVocabulary Read(string path, JsonElement model)
    {
        Dictionary<string, int> ids = [];
        foreach (JsonProperty token in model.GetProperty("vocab").EnumerateObject())
        {
            ids[token.Name] = token.Value.GetInt32();
        }

        if (ids.Count == 0 || ids.Values.Min() < 0 || ids.Values.Distinct().Count() != ids.Count)
        {
            throw new InvalidDataException($"{path}: the vocabulary is empty, or an id is negative or given twice.");
        }

        (string Left, string Right)[] merges = [.. model.GetProperty("merges").EnumerateArray().Select((merge, i) => ReadMerge(path, merge, i))];
        foreach (((string left, string right), int i) in merges.Select((merge, i) => (merge, i)))
        {
            string? unknown = !ids.ContainsKey(left) ? left : !ids.ContainsKey(right) ? right : !ids.ContainsKey(left + right) ? left + right : null;
            if (unknown is not null)
            {
                throw new InvalidDataException($"{path}: merge {i} is of '{left}' and '{right}', and '{unknown}' is not in the vocabulary.");
            }
        }

        bool ignoresMerges = model.TryGetProperty("ignore_merges", out JsonElement value) && value.ValueKind == JsonValueKind.True;
        string? unknownToken = model.TryGetProperty("unk_token", out JsonElement unk) && unk.ValueKind == JsonValueKind.String ? unk.GetString() : null;
        return new BpeVocabulary(path, ids, merges, ignoresMerges, unknownToken);
    }

    /// <summary>A tokenizer whose tokens are bytes in the alphabet of GPT-2.</summary>
    public TokenizerParts ToByteLevel(PreTokenizer preTokenizer, Normalizer? normalizer)
    {
        for (int b = 0; b < 256; b++)
        {
            if (!_ids.ContainsKey(ByteLevelAlphabet.CharacterOf((byte)b).ToString()))
            {
                throw new NotSupportedException($"{_path} has no token for the byte 0x{b:X2}; text with it would be lost.");
            }
        }

        byte[]?[] tokenBytes = new byte[]?[Size];
        foreach ((string token, int id) in _ids)
        {
            tokenBytes[id] = ByteLevelAlphabet.Decode(token);
        }

        Tokenizer tokenizer = _ignoresMerges && MergesAreInOrderOfIds()
            ? TiktokenFile.Create(tokenBytes, preTokenizer, normalizer)
            : _ignoresMerges
                ? throw new NotSupportedException($"{_path} has ignore_merges with merges that are not in the order of their ids, which is not supported.")
                : BpeTokenizer.Create(new BpeOptions(_ids)
                {
                    Merges = _merges.Select(merge => $"{merge.Left} {merge.Right}"),
                    PreTokenizer = preTokenizer,
                    Normalizer = normalizer,
                    ByteLevel = true,
                });
        return new TokenizerParts { Tokenizer = tokenizer, TokenBytes = tokenBytes };
    }

    /// <summary>A tokenizer whose tokens are parts of text with ▁ for spaces.</summary>
    public TokenizerParts ToSentencePiece(bool addsDummyPrefix, AddedTokens added)
    {
        int[] bytes = SentencePieceRules.FindBytes(_ids)
            ?? throw new NotSupportedException($"{_path} has no token for each of the bytes <0x00> to <0xFF>; text would be lost.");
        byte[]?[] tokenBytes = new byte[]?[Size];
        foreach ((string token, int id) in _ids)
        {
            SentencePieceType type = token == _unknown || added.Special.ContainsKey(token) ? SentencePieceType.Control
                : SentencePiece.ByteOf(token) is not null ? SentencePieceType.Byte
                : SentencePieceType.Normal;
            tokenBytes[id] = new SentencePiece(token, 0, type).ToBytes(SentencePieceBpe.Space);
        }

        return new SentencePieceRules
        {
            Pieces = _ids.Where(token => tokenBytes[token.Value] is not null && SentencePiece.ByteOf(token.Key) is null).ToDictionary(),
            Merges = [.. _merges.Select(merge => $"{merge.Left} {merge.Right}")],
            TokenBytes = tokenBytes,
            ByteIds = bytes,
            AddsDummyPrefix = addsDummyPrefix,
        }.ToParts();
    }

    private static (string Left, string Right) ReadMerge(string path, JsonElement merge, int index)
    {
        string[] parts = merge.ValueKind == JsonValueKind.Array ? [.. merge.EnumerateArray().Select(part => part.GetString()!)] : merge.GetString()!.Split(' ');
        return parts.Length == 2 && parts[0].Length > 0 && parts[1].Length > 0
            ? (parts[0], parts[1])
            : throw new InvalidDataException($"{path}: merge {index} is {merge}; expected two tokens.");
    }

    private bool MergesAreInOrderOfIds()
    {
        int last = -1;
        foreach ((string left, string right) in _merges)
        {
            int id = _ids[left + right];
            if (id < last)
            {
                return false;
            }

            last = id;
        }

        return true;
    }
}
