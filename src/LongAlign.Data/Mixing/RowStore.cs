using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace LongAlign.Data;

/// <summary>Reads rows by their place: in the files they came from, or in a temporary file for those of other kinds.</summary>
internal sealed class RowStore : IDisposable
{
    private readonly List<string> _paths = [];
    private readonly Dictionary<string, int> _indices = [];
    private readonly ConcurrentDictionary<int, SafeFileHandle> _open = [];
    private FileStream? _spool;
    private int _spoolIndex = -1;

    /// <summary>Notes a row, and copies it where it can't be read again.</summary>
    public RowReference Add(ChatRow row, UInt128 hash)
    {
        if (row.File is not null)
        {
            return new RowReference(IndexOf(row.File), row.Length, row.Line, row.Offset, hash);
        }

        if (_spool is null)
        {
            string path = Path.GetTempFileName();
            _spool = new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite, 1 << 16);
            _spoolIndex = IndexOf(path);
        }

        long offset = _spool.Position;
        ChatJson.Write(_spool, row.Conversation!, withSource: true);
        return new RowReference(_spoolIndex, checked((int)(_spool.Position - offset)), Line: 0, offset, hash);
    }

    /// <summary>Ends adding.</summary>
    public void Complete() => _spool?.Flush();

    public ChatConversation Read(RowReference row)
    {
        string path = _paths[row.File];
        byte[] bytes = new byte[row.Length];
        SafeFileHandle file = _open.GetOrAdd(row.File, _ => File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        int read = RandomAccess.Read(file, bytes, row.Offset);
        string source = row.File == _spoolIndex ? SourceOf(bytes) : $"{path}({row.Line})";
        return read == bytes.Length
            ? ChatJson.Parse(bytes, source, new ChatReadingOptions())
            : throw new ChatDataException(source, "file changed", $"the file is shorter than when it was mixed; expected {row.Length} bytes here.");
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

    private int IndexOf(string path)
    {
        if (!_indices.TryGetValue(path, out int index))
        {
            index = _paths.Count;
            _indices.Add(path, index);
            _paths.Add(path);
        }

        return index;
    }

    private static string SourceOf(byte[] bytes)
    {
        using JsonDocument row = JsonDocument.Parse(bytes);
        return row.RootElement.GetProperty("source").GetString()!;
    }
}
