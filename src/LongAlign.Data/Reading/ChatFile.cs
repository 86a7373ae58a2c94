namespace LongAlign.Data;

/// <summary>A file of chats, in the format that its name tells.</summary>
internal static class ChatFile
{
    /// <summary>Whether the name is one of a file of chats; a folder may hold others.</summary>
    public static bool IsKnown(string path) => IsParquet(path) || IsJsonLines(path);

    public static IEnumerable<ChatRow> Read(string path, ChatReadingOptions options)
        => IsParquet(path) ? ParquetChatReader.Read(path, options) : JsonLinesReader.Read(path, options);

    public static void ThrowIfMissing(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"There is no file {Path.GetFullPath(path)}.", path);
        }
    }

    private static bool IsParquet(string path) => path.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase);

    private static bool IsJsonLines(string path)
        => CompressedFile.PlainName(path) is { } name && (name.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".ndjson", StringComparison.OrdinalIgnoreCase));
}
