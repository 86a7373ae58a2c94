using System.Runtime.ExceptionServices;

namespace LongAlign.Data;

/// <summary>
/// Maps on several threads and gives results in order. What is read ahead is bounded by count and by size, so that memory does not grow
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
    /// <param name="threads">How many items are mapped at a time.</param>
    public static IEnumerable<TResult> Select<T, TResult>(IEnumerable<T> source, Func<T, TResult> map, Func<T, long> size, int threads)
    {
        using IEnumerator<T> items = source.GetEnumerator();
        TaskFactory? others = threads > 1 ? new(new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, threads - 1).ConcurrentScheduler) : null;
        Queue<Batch<T, TResult>> queue = new();
        int count = 0;
        long sizes = 0;
        bool isAtEnd = false;
        while (!isAtEnd || queue.Count > 0)
        {
            while (!isAtEnd && count < threads * ItemsPerThread && (queue.Count == 0 || sizes < threads * SizePerThread))
            {
                Batch<T, TResult> read = Read(items, map, size);
                isAtEnd = read.IsLast;
                queue.Enqueue(read);
                others?.StartNew(() => read.TryMap());
                count += read.Count;
                sizes += read.Size;
            }

            Batch<T, TResult> batch = queue.Peek();
            while (!batch.IsMapped && queue.Any(waiting => waiting.TryMap()))
            {
            }

            foreach (TResult result in batch.WaitForResults())
            {
                yield return result;
            }

            batch.Error?.Throw();
            queue.Dequeue();
            count -= batch.Count;
            sizes -= batch.Size;
        }
    }

    /// <summary>Reads a batch; none is longer than what it takes to reach its size. An empty one is the end.</summary>
    private static Batch<T, TResult> Read<T, TResult>(IEnumerator<T> items, Func<T, TResult> map, Func<T, long> size)
    {
        List<T> read = [];
        long sizes = 0;
        ExceptionDispatchInfo? error = null;
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
            error = ExceptionDispatchInfo.Capture(e);
        }

        return new Batch<T, TResult>(read, map, sizes, error);
    }

    /// <param name="items">In order.</param>
    /// <param name="map">What makes results of them.</param>
    /// <param name="size">Their size.</param>
    /// <param name="error">What comes behind them, if an error does.</param>
    private sealed class Batch<T, TResult>(List<T> items, Func<T, TResult> map, long size, ExceptionDispatchInfo? error)
    {
        private readonly List<TResult> _results = new(items.Count);
        private readonly TaskCompletionSource _mapped = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _isTaken;

        public int Count => items.Count;

        public long Size => size;

        public bool IsLast { get; } = items.Count == 0 || error is not null;

        public bool IsMapped => _mapped.Task.IsCompleted;

        /// <summary>What comes behind the results, if an error does.</summary>
        public ExceptionDispatchInfo? Error { get; private set; } = error;

        /// <summary>Maps the items, unless a thread has taken them already.</summary>
        public bool TryMap()
        {
            if (Interlocked.Exchange(ref _isTaken, 1) != 0)
            {
                return false;
            }

            try
            {
                foreach (T item in items)
                {
                    _results.Add(map(item));
                }
            }
            catch (Exception e)
            {
                Error = ExceptionDispatchInfo.Capture(e);
            }

            _mapped.SetResult();
            return true;
        }

        public List<TResult> WaitForResults()
        {
            _mapped.Task.GetAwaiter().GetResult();
            return _results;
        }
    }
}
