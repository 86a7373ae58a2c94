namespace LongAlign.Data.Export;

/// <summary>Files that appear under their names when all of them are whole; until then they have other names, and go away if nothing comes of them.</summary>
internal sealed class WholeFiles : IDisposable
{
    private readonly List<(string Path, FileStream Stream)> _files = [];

    public FileStream Create(string path)
    {
        FileStream stream = new(TemporaryName(path), FileMode.Create, FileAccess.ReadWrite, FileShare.None, bufferSize: 1 << 16);
        _files.Add((path, stream));
        return stream;
    }

    public void Commit()
    {
        foreach ((_, FileStream stream) in _files)
        {
            stream.Flush(flushToDisk: true);
            stream.Dispose();
        }

        foreach ((string path, _) in _files)
        {
            File.Move(TemporaryName(path), path, overwrite: true);
        }

        _files.Clear();
    }

    public void Dispose()
    {
        foreach ((string path, FileStream stream) in _files)
        {
            stream.Dispose();
            File.Delete(TemporaryName(path));
        }
    }

    private static string TemporaryName(string path) => path + ".tmp";
}
