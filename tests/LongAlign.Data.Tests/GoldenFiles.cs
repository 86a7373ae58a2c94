using System.Text.Json;

namespace LongAlign.Data.Tests;

/// <summary>What independent tokenizers and a Jinja engine made; see golden/make-golden.mjs.</summary>
internal static class GoldenFiles
{
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "golden");

    public static string[] Texts { get; } = Read("texts.json").Deserialize<string[]>()!;

    public static JsonElement Read(string name)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, name)));
        return document.RootElement.Clone();
    }
}
