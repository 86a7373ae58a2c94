using System.Security.Cryptography;

namespace LongAlign.Training.Checkpoints;

/// <summary>A file of a checkpoint, as it was when the checkpoint was written.</summary>
/// <param name="Path">Relative to the checkpoint, with slashes.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">The hash of its bytes, 64 hexadecimal digits.</param>
internal sealed record CheckpointFile(string Path, long Size, string Sha256)
{
    /// <summary>Flushes a file to disk and hashes it.</summary>
    public static CheckpointFile Of(string folder, string file)
    {
        using FileStream stream = new(file, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(stream.SafeFileHandle);
        string path = System.IO.Path.GetRelativePath(folder, file).Replace(System.IO.Path.DirectorySeparatorChar, '/');
        return new CheckpointFile(path, stream.Length, Convert.ToHexString(SHA256.HashData(stream)));
    }

    /// <summary>Returns the fault of the file as it is now, or null. Reads no more than <see cref="Size"/> bytes.</summary>
    public string? FindFault(string folder)
    {
        if (!IsInside())
        {
            return $"names the path '{Path}', which is not a file inside the checkpoint";
        }

        FileInfo file = new(System.IO.Path.Combine(folder, Path));
        if (!file.Exists)
        {
            return $"names {Path}, which is missing";
        }

        if (file.Length != Size)
        {
            return $"says that {Path} has {Size} bytes, and it has {file.Length}";
        }

        return string.Equals(Hash(file), Sha256, StringComparison.OrdinalIgnoreCase)
            ? null
            : $"names {Path}, whose content has changed since it was written";
    }

    private bool IsInside()
        => !Path.AsSpan().ContainsAny(['\\', ':', '\0']) && Path.Split('/').All(part => part is not ("" or "." or ".."));

    /// <summary>Hashes a file. An empty one is not opened: it might be a pipe, which waits for a writer.</summary>
    private static string Hash(FileInfo file)
    {
        if (file.Length == 0)
        {
            return Convert.ToHexString(SHA256.HashData([]));
        }

        using FileStream stream = file.OpenRead();
        return Convert.ToHexString(SHA256.HashData(stream));
    }
}
