namespace LongAlign.Data;

/// <summary>Ends the wait for Parquet.Net where it reads without end.</summary>
internal static class ParquetPatience
{
    /// <summary>What takes longer than this, for every 100 MB begun, is damage that <see cref="ParquetStructure"/> did not see.</summary>
    internal static TimeSpan Limit { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How many times reading took longer. A thread is lost each time.</summary>
    internal static int LostThreads { get; private set; }

    /// <exception cref="InvalidDataException">Reading took longer than a file of this size may.</exception>
    public static T Within<T>(long size, Func<T> read)
    {
        TimeSpan limit = Limit * (1 + (size / 100_000_000));
        Task<T> task = Task.Factory.StartNew(read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        if (Task.WaitAny([task], limit) == 0)
        {
            return task.GetAwaiter().GetResult();
        }

        LostThreads++;
        throw new InvalidDataException($"Reading did not end within {(long)limit.TotalSeconds} s.");
    }
}
