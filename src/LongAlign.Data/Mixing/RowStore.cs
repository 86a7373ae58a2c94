using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace LongAlign.Data;

/// <summary>Reads rows by their place: in the files they came from, or in a temporary file for those of other kinds.</summary>
internal sealed class RowStore : IDisposable
{
    private readonly List<(string Path, ChatRowReader? Reader)> _files = [];
    private readonly Dictionary<(string Path, ChatReadingOptions? Options), int> _indices = [];
    private readonly ConcurrentDictionary<int, SafeFileHandle> _open = [];
    private FileStream? _spool;
    private int _spoolIndex = -1;

    /// <summary>Notes a row, and copies it where it can't be read again.</summary>
    public RowReference Add(ChatRow row, UInt128 hash)
    {
        if (row.Place is { } place)
        {
            return new RowReference(IndexOf(place.File, place.Options), place.Length, place.Item, place.Line, place.Offset, hash);
        }

        if (_spool is null)
        {
            string path = Path.GetTempFileName();
            _spool = new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite, 1 << 16);
            _spoolIndex = IndexOf(path, options: null);
        }

        long offset = _spool.Position;
        JsonSerializer.Serialize(_spool, row.Conversation);
        return new RowReference(_spoolIndex, checked((int)(_spool.Position - offset)), Item: 0, Line: 0, offset, hash);
    }

    /// <summary>Ends adding.</summary>
    public void Complete() => _spool?.Flush();

    public ChatConversation Read(RowReference row)
    {
        (string path, ChatRowReader? reader) = _files[row.File];
        byte[] bytes = new byte[row.Length];
        SafeFileHandle file = _open.GetOrAdd(row.File, _ => File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        int read = RandomAccess.Read(file, bytes, row.Offset);
        string source = JsonRow.NameOf(path, row.Line, row.Item);
        if (read < bytes.Length)
        {
            throw new ChatDataException(source, "file changed", $"the file is shorter than when it was mixed; expected {row.Length} bytes here.");
        }

        if (reader is null)
        {
            return Restore(bytes);
        }

        ChatRow again = ChatRow.Read(source, unused => reader.Read(bytes, source, unused));
        return again.Conversation ?? throw again.Fault!;
    }

    public void Dispose()
    {
        foreach (SafeFileHandle file in _open.Values)
        {
            file.Dispose();
        }

        if (_spool is not null)
        {
            _spool.Dispose();
            File.Delete(_spool.Name);
        }
    }

    /// <summary>A conversation as it was; those without fields share the empty ones.</summary>
    private static ChatConversation Restore(byte[] bytes)
    {
        ChatConversation conversation = JsonSerializer.Deserialize<ChatConversation>(bytes)!;
        ChatMessage[] messages = [.. conversation.Messages.Select(message => message.Fields.Count > 0 ? message : new ChatMessage(message.Role, message.Content) { IsLearned = message.IsLearned })];
        return conversation.Variables.Count > 0 ? conversation with { Messages = messages }
            : new ChatConversation(messages, conversation.Source) { Text = conversation.Text, Tools = conversation.Tools };
    }

    private int IndexOf(string path, ChatReadingOptions? options)
    {
        if (!_indices.TryGetValue((path, options), out int index))
        {
            index = _files.Count;
            _indices.Add((path, options), index);
            _files.Add((path, options is null ? null : new ChatRowReader(options)));
        }

        return index;
    }
}
