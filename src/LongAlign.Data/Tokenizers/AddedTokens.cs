using System.Text.Json;

namespace LongAlign.Data;

/// <summary>Tokens beside a model's vocabulary: special ones, and ordinary ones that any text may hold.</summary>
internal sealed record AddedTokens
{
    public static AddedTokens None { get; } = new();

    public Dictionary<string, int> Special { get; } = [];

    public Dictionary<string, int> Ordinary { get; } = [];

    /// <summary>The largest id + 1.</summary>
    public int Size => Special.Values.Concat(Ordinary.Values).DefaultIfEmpty(-1).Max() + 1;

    /// <summary>Reads <c>added_tokens</c> of a tokenizer.json.</summary>
    public static AddedTokens Read(string path, JsonElement tokens)
    {
        AddedTokens added = new();
        if (tokens.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement token in tokens.EnumerateArray())
            {
                added.Add(path, token, token.GetProperty("id").GetInt32());
            }
        }

        return added;
    }

    /// <summary>Adds a token as tokenizer.json and tokenizer_config.json describe it.</summary>
    public void Add(string path, JsonElement token, int id)
    {
        string content = token.GetProperty("content").GetString()!;
        if (content.Length == 0)
        {
            throw new InvalidDataException($"{path} has the added token {id} without text.");
        }

        if (IsTrue(token, "special"))
        {
            Special[content] = id;
        }
        else if (IsTrue(token, "single_word") || IsTrue(token, "lstrip") || IsTrue(token, "rstrip"))
        {
            throw new NotSupportedException($"{path} has the added token '{content}' with single_word, lstrip or rstrip, which is not supported.");
        }
        else
        {
            Ordinary[content] = id;
        }
    }

    private static bool IsTrue(JsonElement token, string name) => token.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.True;
}
