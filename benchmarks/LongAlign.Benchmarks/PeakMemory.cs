using System.Globalization;
using System.Runtime.InteropServices;

namespace LongAlign.Benchmarks;

/// <summary>Measures the most that a piece of work adds to the resident memory of this process; Linux with glibc.</summary>
internal static partial class PeakMemory
{
    private const int MmapThreshold = -3; // M_MMAP_THRESHOLD of malloc.h
    private const int FixedThreshold = 256 << 10;
    private const int LargestThreshold = 32 << 20;

    /// <summary>Bytes that this process had resident at its peak, since <see cref="BeginAgain"/>.</summary>
    public static double OfProcess => Status("VmHWM");

    /// <summary>The peak starts again from what is resident.</summary>
    public static void BeginAgain() => File.WriteAllText("/proc/self/clear_refs", "5");

    /// <summary>Bytes above those resident before the work; NaN where they can't be measured.</summary>
    /// <param name="work">The measured work.</param>
    /// <param name="warmUp">Whether it runs once before, so that what is made but once does not count.</param>
    public static double Measure(Action work, bool warmUp = true)
    {
        if (!OperatingSystem.IsLinux())
        {
            return double.NaN;
        }

        // Separately mapped blocks are given back when they are freed: without this the peak has holes of work done before.
        _ = mallopt(MmapThreshold, FixedThreshold);
        if (warmUp)
        {
            work();
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();
        _ = malloc_trim(0);
        BeginAgain();
        double before = Status("VmRSS");
        work();
        double peak = OfProcess;
        _ = mallopt(MmapThreshold, LargestThreshold);
        return peak - before;
    }

    private static double Status(string key)
    {
        string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(key, StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024;
    }

    [LibraryImport("libc")]
    private static partial int mallopt(int parameter, int value);

    [LibraryImport("libc")]
    private static partial int malloc_trim(nuint pad);
}
