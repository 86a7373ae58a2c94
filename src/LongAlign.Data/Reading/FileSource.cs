namespace LongAlign.Data;

/// <summary>Files, one after another.</summary>
internal sealed class FileSource(IReadOnlyList<string> paths, IReadOnlyList<string> passedOver, ChatReadingOptions options) : ChatSource
{
    public override BadRowPolicy BadRows => options.BadRows;

    public override IReadOnlyList<string> PassedOver => passedOver;

    public override IEnumerable<ChatRow> Read() => paths.SelectMany(path => ChatFile.Read(path, options));
}
