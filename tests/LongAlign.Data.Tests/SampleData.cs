namespace LongAlign.Data.Tests;

/// <summary>Where the samples' data lies.</summary>
internal static class SampleData
{
    public const int Capacity = 8_192;

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "data");

    public static string TinyLlama => Path.Combine(Folder, "tiny-llama");

    public static string Chats(string name) => Path.Combine(Folder, $"{name}.jsonl");
}
