using System.Diagnostics;

namespace LongAlign.Benchmarks;

/// <summary>Takes the best of several runs: what the machine does beside them only ever adds time.</summary>
internal static class Stopwatches
{
    /// <summary>Seconds of the fastest run, after one for warming up.</summary>
    public static double Best(Action action, int runs = 5) => Best(action, action, runs).First;

    /// <summary>Seconds of the fastest run of each; they take turns, so that a busy spell meets both.</summary>
    public static (double First, double Second) Best(Action first, Action second, int runs = 5)
    {
        first();
        second();
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
}
