using Microsoft.Win32.SafeHandles;

namespace LongAlign.Data.Store;

/// <summary>Files that appear under their name when they are whole and on the disk.</summary>
internal static class DurableFile
{
    public static string Temporary(string path) => path + ".tmp";

    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        using (SafeFileHandle file = File.OpenHandle(Temporary(path), FileMode.Create, FileAccess.Write))
        {
            RandomAccess.Write(file, bytes, 0);
            RandomAccess.FlushToDisk(file);
        }

        File.Move(Temporary(path), path, overwrite: true);
    }
}
