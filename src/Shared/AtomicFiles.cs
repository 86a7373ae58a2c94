using Microsoft.Win32.SafeHandles;

namespace LongAlign.Native;

/// <summary>
/// Files that appear under their names when all of them are whole and on the disk, in place of those that were there. Until then they have other
/// names, and they go away if nothing comes of them.
/// </summary>
internal sealed class AtomicFiles : IDisposable
{
    private readonly List<(string Path, FileStream Stream)> _files = [];

    /// <summary>The name of a file that is not whole yet; one that a process which was killed has left is written over.</summary>
    public static string TemporaryOf(string path) => path + ".tmp";

    /// <summary>Writes one file.</summary>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        using AtomicFiles files = new();
        files.Create(path).Write(bytes);
        files.Commit();
    }

    /// <summary>Writes one file.</summary>
    public static void Write(string path, Action<FileStream> write)
    {
        using AtomicFiles files = new();
        write(files.Create(path));
        files.Commit();
    }

    /// <summary>Begins a file. The stream is this object's; it may be disposed early.</summary>
    public FileStream Create(string path)
    {
        FileStream stream = new(TemporaryOf(path), FileMode.Create, FileAccess.ReadWrite, FileShare.None, bufferSize: 1 << 16);
        _files.Add((path, stream));
        return stream;
    }

    /// <summary>All files are whole.</summary>
    public void Commit()
    {
        foreach ((string path, FileStream stream) in _files)
        {
            stream.Dispose();
            using SafeFileHandle file = File.OpenHandle(TemporaryOf(path), FileMode.Open, FileAccess.ReadWrite);
            RandomAccess.FlushToDisk(file);
        }

        foreach ((string path, _) in _files)
        {
            File.Move(TemporaryOf(path), path, overwrite: true);
        }

        foreach (string folder in _files.Select(file => Path.GetDirectoryName(Path.GetFullPath(file.Path))!).Distinct())
        {
            DirectorySync.Flush(folder);
        }

        _files.Clear();
    }

    public void Dispose()
    {
        foreach ((string path, FileStream stream) in _files)
        {
            stream.Dispose();
            File.Delete(TemporaryOf(path));
        }
    }
}
