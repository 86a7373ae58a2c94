using System.Globalization;

namespace LongAlign.Benchmarks;

/// <summary>The most resident memory of the process during an action, by the counters that Linux keeps.</summary>
internal static class PeakMemory
{
    /// <summary>Bytes above what was resident before the action; null where there are no such counters.</summary>
    public static long? Of(Action action)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        GC.Collect();
        FreedMemory.Release();
        File.WriteAllText("/proc/self/clear_refs", "5"); // resets VmHWM
        long before = Read("VmRSS:");
        action();
        return Read("VmHWM:") - before;
    }

    private static long Read(string key)
    {
        string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(key, StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
