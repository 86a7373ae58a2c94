using System.Diagnostics;
using System.Runtime.InteropServices;

namespace LongAlign.Native;

/// <summary>The resident memory of this process, tensors included, which the garbage collector does not see.</summary>
internal static partial class ProcessMemory
{
    private static bool s_canTrim = OperatingSystem.IsLinux();

    /// <summary>The most bytes that were resident at once; 0 where the system does not say.</summary>
    public static long PeakBytes
    {
        get
        {
            using Process process = Process.GetCurrentProcess();
            return process.PeakWorkingSet64;
        }
    }

    /// <summary>
    /// Gives free memory back to the system: tensors of many sizes leave holes in glibc's heap that it keeps. Does nothing elsewhere.
    /// </summary>
    public static void Trim()
    {
        if (!s_canTrim)
        {
            return;
        }

        try
        {
            _ = malloc_trim(0);
        }
        catch (EntryPointNotFoundException)
        {
            s_canTrim = false; // another C library, such as musl
        }
        catch (DllNotFoundException)
        {
            s_canTrim = false;
        }
    }

    [LibraryImport("libc")]
    private static partial int malloc_trim(nuint pad);
}
