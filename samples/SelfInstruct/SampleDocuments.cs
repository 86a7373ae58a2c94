using System.Text.Json;
using LongAlign.Data.SelfInstruct;

namespace SelfInstruct;

/// <summary>The texts of samples/data: a long conversation there is a text, an empty line and a task.</summary>
internal static class SampleDocuments
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "data");

    public static string Tokenizer => Path.Combine(Folder, "tiny-llama");

    public static IEnumerable<SourceDocument> Read()
    {
        string path = Path.Combine(Folder, "long.jsonl");
        foreach ((int number, string line) in File.ReadLines(path).Index())
        {
            using JsonDocument row = JsonDocument.Parse(line);
            string user = row.RootElement.GetProperty("messages")[0].GetProperty("content").GetString()!;
            yield return new SourceDocument($"long.jsonl:{number + 1}", user[..user.LastIndexOf("\n\n", StringComparison.Ordinal)], $"{path}, line {number + 1}");
        }
    }
}
