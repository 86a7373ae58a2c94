using System.Diagnostics;

namespace LongAlign.Benchmarks;

/// <summary>Takes the best of several runs: what the machine does beside them only ever adds time.</summary>
internal static class Stopwatches
{
    /// <summary>Seconds of the fastest run, after warming up.</summary>
    public static double Best(Action action, int runs = 5) => Best(action, action, runs).First;

    /// <summary>Seconds of the fastest run of each; they take turns, so that a busy spell meets both.</summary>
    public static (double First, double Second) Best(Action first, Action second, int runs = 5)
    {
        // Twice a third of a second: what is short is compiled anew when it has run often.
        WarmUp(first);
        WarmUp(second);
        (double First, double Second) best = (double.MaxValue, double.MaxValue);
        for (int i = 0; i < runs; i++)
        {
            best = (Math.Min(best.First, Once(first)), Math.Min(best.Second, Once(second)));
        }

        return best;
    }

    /// <summary>Seconds of one run, cold.</summary>
    public static double Once(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static void WarmUp(Action action)
    {
        if (Once(action) > 0.1)
        {
            return; // long enough that its loops are compiled while they run
        }

        for (int spell = 0; spell < 2; spell++)
        {
            long start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start).TotalSeconds < 0.3)
            {
                action();
            }

            Thread.Sleep(100); // time for the compiler
        }
    }
}
