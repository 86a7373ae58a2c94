using System.Runtime.InteropServices;

namespace LongAlign.Native;

/// <summary>Makes names in a directory survive a power failure, where the system can.</summary>
internal static partial class DirectorySync
{
    /// <summary>Flushes a directory to disk. Does nothing on Windows, which has no such call, and on file systems that refuse it.</summary>
    public static void Flush(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        int file = open(directory, flags: 0); // for reading
        if (file >= 0)
        {
            _ = fsync(file);
            _ = close(file);
        }
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc")]
    private static partial int fsync(int file);

    [LibraryImport("libc")]
    private static partial int close(int file);
}
