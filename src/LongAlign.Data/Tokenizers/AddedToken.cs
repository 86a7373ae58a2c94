using System.Text.Json;

namespace LongAlign.Data;

/// <summary>A token that is found in a text before the text is tokenized.</summary>
/// <param name="Content">Its text.</param>
/// <param name="Id">Its id.</param>
internal sealed record AddedToken(string Content, int Id)
{
    /// <summary>Whether only a template sets it: no text becomes it.</summary>
    public bool IsSpecial { get; init; }

    /// <summary>Whether it counts only where no letter stands beside it.</summary>
    public bool IsWord { get; init; }

    /// <summary>Whether it takes the white space before it.</summary>
    public bool StripsLeft { get; init; }

    /// <summary>Whether it takes the white space behind it.</summary>
    public bool StripsRight { get; init; }

    /// <summary>Whether it is looked for in normalized text.</summary>
    public bool IsNormalized { get; init; }

    /// <summary>Reads a token as tokenizer.json and tokenizer_config.json describe it.</summary>
    /// <exception cref="InvalidDataException">It has no text.</exception>
    public static AddedToken Read(string path, JsonElement token, int id)
    {
        string content = token.GetProperty("content").GetString() ?? "";
        return content.Length == 0
            ? throw new InvalidDataException($"{path} has the added token {id} without text.")
            : new AddedToken(content, id)
            {
                IsSpecial = IsTrue(token, "special"),
                IsWord = IsTrue(token, "single_word"),
                StripsLeft = IsTrue(token, "lstrip"),
                StripsRight = IsTrue(token, "rstrip"),
                IsNormalized = IsTrue(token, "normalized"),
            };
    }

    private static bool IsTrue(JsonElement token, string name) => token.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.True;
}
