using System.Text.Json;

namespace LongAlign.Data.Tests;

/// <summary>Small tokenizers of many kinds: the ids and texts of the libraries that made them, or a refusal; see the README beside the data.</summary>
[Trait("Category", "Golden")]
public sealed class TokenizerSetTests
{
    [Fact]
    public void Ids_and_texts_equal_those_of_the_libraries_or_the_folder_is_refused()
    {
        string? set = SharedGolden.Find("tokenizers");
        Assert.SkipWhen(set is null, "There is no folder tokenizers in LONGALIGN_GOLDEN, or in shared/golden beside the repository.");
        AssertEqual(set!);
    }

    /// <summary>A few of the set.</summary>
    [Fact]
    public void Ids_and_texts_of_a_few_equal_those_of_the_libraries() => Assert.Equal(5, AssertEqual(Path.Combine(GoldenFiles.Folder, "tokenizers")));

    private static int AssertEqual(string set)
    {
        Dictionary<string, string> texts = Read(set, "texts.json").GetProperty("texts").EnumerateArray().ToDictionary(row => row.GetProperty("id").GetString()!, row => row.GetProperty("text").GetString()!);
        List<string> different = [];
        int loaded = 0;
        foreach (JsonElement kind in Read(set, "index.json").GetProperty("tokenizers").EnumerateArray())
        {
            string folder = Path.Combine(set, kind.GetProperty("id").GetString()!);
            if (TryLoad(folder, out string refusal) is { } tokenizer)
            {
                loaded++;
                TokenizerRows.Compare(tokenizer, folder, texts, different);
            }
            else
            {
                // What was right once is not to be refused.
                bool mayBeRefused = refusal.Contains(folder, StringComparison.Ordinal) && !(kind.TryGetProperty("was", out JsonElement was) && was.GetString() == "right");
                (mayBeRefused ? [] : different).Add($"{folder} is refused: {refusal}");
                TestContext.Current.TestOutputHelper?.WriteLine(refusal);
            }
        }

        Assert.True(different.Count == 0, $"{different.Count} differ:\n{string.Join('\n', different.Take(60))}");
        return loaded;
    }

    private static ModelTokenizer? TryLoad(string folder, out string refusal)
    {
        try
        {
            refusal = "";
            return ModelTokenizer.Load(folder);
        }
        catch (NotSupportedException e)
        {
            refusal = e.Message;
            return null;
        }
    }

    private static JsonElement Read(string folder, string name)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, name)));
        return document.RootElement.Clone();
    }
}
