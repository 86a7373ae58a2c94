namespace LongAlign.Data;

/// <summary>A file of chats, in the format that its name tells.</summary>
internal static class ChatFile
{
    public const string Endings = ".jsonl, .ndjson, .jl, .json (also .gz, .zst) or .parquet";

    private static readonly string[] Json = [".jsonl", ".ndjson", ".jl", ".json"];

    /// <summary>Files that describe a data set and hold none of its rows.</summary>
    private static readonly string[] Descriptions = ["dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json"];

    /// <summary>Whether the name is one of a file of chats; a folder may hold others.</summary>
    public static bool IsKnown(string path)
        => IsParquet(path) || (Array.Exists(Json, ending => CompressedFile.PlainName(path).EndsWith(ending, StringComparison.OrdinalIgnoreCase)) && !Descriptions.Contains(Path.GetFileName(path)));

    public static IEnumerable<ChatRow> Read(string path, ChatReadingOptions options)
        => IsParquet(path) ? ParquetChatReader.Read(path, options) : ReadJson(path, options);

    public static void ThrowIfMissing(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"There is no file {Path.GetFullPath(path)}.", path);
        }
    }

    private static bool IsParquet(string path) => path.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<ChatRow> ReadJson(string path, ChatReadingOptions options)
    {
        ChatRowReader reader = new(options);
        foreach (JsonRow row in JsonRows.Read(path, options.Encoding))
        {
            string source = row.NameIn(path);
            yield return row.Fault is { } fault
                ? new ChatRow(fault, source)
                : ChatRow.Read(source, unused => reader.Read(row.Json, source, unused)) with { Place = row.Offset < 0 ? null : new RowPlace(path, options, row) };
        }
    }
}
