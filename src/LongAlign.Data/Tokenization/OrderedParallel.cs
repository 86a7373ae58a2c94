using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace LongAlign.Data;

/// <summary>
/// Maps on several threads and gives results in order. Reading ahead is bounded by count and by size, so that memory does not grow
/// with the input. An error comes out where its item's result would.
/// </summary>
internal static class OrderedParallel
{
    private const int ItemsPerThread = 64;
    private const long SizePerThread = 1 << 20;

    // Waking a thread for each small item costs more than to map it.
    private const int ItemsPerBatch = 8;
    private const long SizePerBatch = 1 << 15;

    /// <param name="source">Read on the thread that asks for results.</param>
    /// <param name="map">Called on the thread that asks for results, which maps rather than waits, and on threads of the pool.</param>
    /// <param name="size">The size of an item, in any unit that is about a byte.</param>
    /// <param name="threads">The number of items mapped at a time.</param>
    public static IEnumerable<TResult> Select<T, TResult>(IEnumerable<T> source, Func<T, TResult> map, Func<T, long> size, int threads)
    {
        using IEnumerator<T> items = source.GetEnumerator();
        ConcurrentQueue<Task> waiting = new();
        int helpers = 0;
        Queue<(Task<Batch<TResult>> Results, int Count, long Size)> queue = new();
        int count = 0;
        long sizes = 0;
        bool isAtEnd = false;
        while (!isAtEnd || queue.Count > 0)
        {
            while (!isAtEnd && count < threads * ItemsPerThread && (queue.Count == 0 || sizes < threads * SizePerThread))
            {
                (Batch<T> batch, long batchSize) = Read(items, size);
                isAtEnd = batch.Items.Count == 0 || batch.Error is not null;
                Task<Batch<TResult>> mapping = new(() => Map(batch, map));
                queue.Enqueue((mapping, batch.Items.Count, batchSize));
                waiting.Enqueue(mapping);
                if (Volatile.Read(ref helpers) < threads - 1)
                {
                    Interlocked.Increment(ref helpers);
                    _ = Task.Run(Help);
                }

                count += batch.Items.Count;
                sizes += batchSize;
            }

            (Task<Batch<TResult>> task, int taken, long takenSize) = queue.Dequeue();
            while (!task.IsCompleted && TryMapOne())
            {
            }

            Batch<TResult> results = task.GetAwaiter().GetResult();
            count -= taken;
            sizes -= takenSize;
            foreach (TResult result in results.Items)
            {
                yield return result;
            }

            results.Error?.Throw();
        }

        bool TryMapOne()
        {
            bool isFound = waiting.TryDequeue(out Task? mapping);
            mapping?.RunSynchronously(TaskScheduler.Default);
            return isFound;
        }

        void Help()
        {
            while (TryMapOne())
            {
            }

            Interlocked.Decrement(ref helpers); // What comes after that look, the thread that asks maps, or the next helper.
        }
    }

    /// <summary>Reads a batch; none is longer than what it takes to reach its size. An empty one is the end.</summary>
    private static (Batch<T> Batch, long Size) Read<T>(IEnumerator<T> items, Func<T, long> size)
    {
        List<T> read = [];
        long sizes = 0;
        try
        {
            while (read.Count < ItemsPerBatch && sizes < SizePerBatch && items.MoveNext())
            {
                read.Add(items.Current);
                sizes += size(items.Current);
            }
        }
        catch (Exception e)
        {
            return (new Batch<T>(read, ExceptionDispatchInfo.Capture(e)), sizes);
        }

        return (new Batch<T>(read, null), sizes);
    }

    private static Batch<TResult> Map<T, TResult>(Batch<T> batch, Func<T, TResult> map)
    {
        List<TResult> results = new(batch.Items.Count);
        try
        {
            foreach (T item in batch.Items)
            {
                results.Add(map(item));
            }
        }
        catch (Exception e)
        {
            return new Batch<TResult>(results, ExceptionDispatchInfo.Capture(e));
        }

        return new Batch<TResult>(results, batch.Error);
    }

    /// <param name="Items">In order.</param>
    /// <param name="Error">The error behind them, if any.</param>
    private sealed record Batch<T>(List<T> Items, ExceptionDispatchInfo? Error);
}
