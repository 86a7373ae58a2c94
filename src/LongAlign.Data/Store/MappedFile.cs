using System.Buffers;
using System.IO.MemoryMappedFiles;

namespace LongAlign.Data.Store;

/// <summary>
/// A file as memory, without a copy. Its size is checked before it is mapped: what lies behind a shorter file's end would kill the process
/// when it is read.
/// </summary>
internal sealed unsafe class MappedFile : MemoryManager<byte>
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private readonly int _length;
    private bool _isDisposed;

    public MappedFile(string path, long expectedBytes)
    {
        if (!File.Exists(path))
        {
            throw new TokenStoreException($"{path} is missing.");
        }

        FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (stream.Length != expectedBytes || expectedBytes is < 1 or > int.MaxValue)
        {
            stream.Dispose();
            throw new TokenStoreException($"{path} is damaged: it has {new FileInfo(path).Length} bytes; expected {expectedBytes}.");
        }

        _length = (int)expectedBytes;
        _file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        _view = _file.CreateViewAccessor(0, _length, MemoryMappedFileAccess.Read);
        byte* pointer = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        _start = pointer + _view.PointerOffset;
    }

    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return new Span<byte>(_start, _length);
    }

    // Mapped memory does not move.
    public override MemoryHandle Pin(int elementIndex = 0) => new(_start + elementIndex);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isDisposed)
        {
            _isDisposed = true;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _file.Dispose();
        }
    }
}
