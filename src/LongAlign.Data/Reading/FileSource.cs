namespace LongAlign.Data;

/// <summary>Files, one after another.</summary>
internal sealed class FileSource(IReadOnlyList<string> paths, ChatReadingOptions options) : ChatSource
{
    public override BadRowPolicy BadRows => options.BadRows;

    public override IEnumerable<ChatRow> Read() => paths.SelectMany(path => ChatFile.Read(path, options));
}
