namespace LongContextSft;

/// <summary>What a model's folder has beside weights and configuration.</summary>
internal static class ModelFiles
{
    private static readonly string[] Patterns =
    [
        "tokenizer*", "tokenization_*.py", "*.tiktoken", "vocab.json", "merges.txt", "special_tokens_map.json", "added_tokens.json", "chat_template*", "generation_config.json",
    ];

    /// <summary>Copies the tokenizer's files, so that a folder can be used without the one it came from.</summary>
    public static void CopyTokenizer(string from, string to)
    {
        foreach (string file in Patterns.SelectMany(pattern => Directory.EnumerateFiles(from, pattern)).Distinct())
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
        }
    }
}
