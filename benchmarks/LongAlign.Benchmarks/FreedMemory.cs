using System.Runtime.InteropServices;

namespace LongAlign.Benchmarks;

/// <summary>
/// The settings of glibc for freed memory. By default it gives tensors of more than 32 MB back to the system at once, and the pages of the
/// next one cost more than most kernels, on a virtual machine above all.
/// </summary>
internal static partial class FreedMemory
{
    private const int TrimThreshold = -1;
    private const int MmapThreshold = -3;

    /// <summary>Keeps freed memory for the next tensor, so that a kernel is measured and not the system's pages.</summary>
    public static void Keep() => SetThresholds(1 << 30);

    /// <summary>Gives freed memory back, as glibc does in the long run.</summary>
    public static void Release() => SetThresholds(32 << 20);

    private static void SetThresholds(int bytes)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            _ = mallopt(MmapThreshold, bytes);
            _ = mallopt(TrimThreshold, (int)Math.Min(2L * bytes, int.MaxValue));
            _ = malloc_trim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library, with its own thresholds.
        }
    }

    [LibraryImport("libc")]
    private static partial int mallopt(int parameter, int value);

    [LibraryImport("libc")]
    private static partial int malloc_trim(nuint pad);
}
