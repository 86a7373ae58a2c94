using System.Text.Json;

namespace LongAlign.Data.Tests;

/// <summary>What a library makes of texts, a row a text: the file ids.json beside a tokenizer.</summary>
internal static class TokenizerRows
{
    /// <summary>Adds what a tokenizer makes otherwise to a list.</summary>
    public static void Compare(ModelTokenizer tokenizer, string folder, IReadOnlyDictionary<string, string> texts, List<string> different)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "ids.json")));
        foreach (JsonElement row in document.RootElement.GetProperty("rows").EnumerateArray())
        {
            string id = row.GetProperty("id").GetString()!;
            string text = texts[id];
            int[] expected = row.GetProperty("ids").Deserialize<int[]>()!;
            List<int> ids = [];
            tokenizer.AddIds(text, continues: false, ids, withSpecial: true);
            Add("ids", expected, ids);
            Add("as_text", Ids(row, "as_text") ?? expected, tokenizer.Encode(text));
            Add("with_special", Ids(row, "with_special") ?? expected, [.. tokenizer.PrefixIds, .. ids]);
            if (row.TryGetProperty("decoded", out JsonElement decoded))
            {
                Add("decoded", [decoded.GetString()!], [tokenizer.Decode(expected, withSpecialTokens: true)]);
                Add("decoded_without_special", [(row.TryGetProperty("decoded_without_special", out JsonElement without) ? without : decoded).GetString()!], [tokenizer.Decode(expected)]);
            }

            void Add<T>(string what, IEnumerable<T> expectedValues, IEnumerable<T> values)
            {
                if (!expectedValues.SequenceEqual(values))
                {
                    different.Add($"{Path.GetFileName(folder)}, {id}, {what}: [{string.Join(", ", values)}], not [{string.Join(", ", expectedValues)}]");
                }
            }
        }
    }

    private static int[]? Ids(JsonElement row, string name) => row.TryGetProperty(name, out JsonElement ids) ? ids.Deserialize<int[]>() : null;
}
