namespace LongAlign.Data;

/// <summary>
/// Maps on several threads and gives results in order. What is read ahead is bounded by count and by size, so that memory does not grow
/// with the input. An error comes out where its item's result would.
/// </summary>
internal static class OrderedParallel
{
    private const int ItemsPerThread = 256;
    private const long SizePerThread = 1 << 23;

    /// <param name="source">Read on the thread that asks for results.</param>
    /// <param name="map">Called on threads of the pool.</param>
    /// <param name="size">The size of an item, in any unit that is about a byte.</param>
    /// <param name="threads">How many items are mapped at a time.</param>
    public static IEnumerable<TResult> Select<T, TResult>(IEnumerable<T> source, Func<T, TResult> map, Func<T, long> size, int threads)
    {
        using IEnumerator<T> items = source.GetEnumerator();
        TaskFactory tasks = new(new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, threads).ConcurrentScheduler);
        Queue<(Task<TResult> Result, long Size)> queue = new();
        long sizes = 0;
        bool isAtEnd = false;
        while (!isAtEnd || queue.Count > 0)
        {
            while (!isAtEnd && queue.Count < threads * ItemsPerThread && (queue.Count == 0 || sizes < threads * SizePerThread))
            {
                (Task<TResult>? task, long itemSize) = Start();
                isAtEnd = task is null || task.IsFaulted;
                if (task is not null)
                {
                    queue.Enqueue((task, itemSize));
                    sizes += itemSize;
                }
            }

            if (queue.TryDequeue(out (Task<TResult> Result, long Size) next))
            {
                sizes -= next.Size;
                yield return next.Result.GetAwaiter().GetResult();
            }
        }

        (Task<TResult>?, long) Start()
        {
            T item;
            try
            {
                if (!items.MoveNext())
                {
                    return (null, 0);
                }

                item = items.Current;
            }
            catch (Exception e)
            {
                return (Task.FromException<TResult>(e), 0);
            }

            return (tasks.StartNew(() => map(item)), size(item));
        }
    }
}
