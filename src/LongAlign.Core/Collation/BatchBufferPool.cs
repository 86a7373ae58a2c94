using System.Numerics;

namespace LongAlign.Collation;

/// <summary>Buffers that no batch uses, for all collators of the process, like <c>ArrayPool.Shared</c>: a few of each size.</summary>
internal static class BatchBufferPool
{
    /// <summary>A batch in use, those that a loader makes ahead, and one to spare.</summary>
    private const int KeptOfEachSize = 4;
    private const int SmallestSize = 1 << 10;

    private static readonly Dictionary<int, Stack<BatchBuffers>> Free = [];

    /// <summary>Takes buffers for a number of tokens; they hold what was last written.</summary>
    public static BatchBuffers Rent(int tokens)
    {
        int size = tokens > 1 << 30 ? tokens : (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(tokens, SmallestSize));
        BatchBuffers? buffers = null;
        lock (Free)
        {
            if (Free.TryGetValue(size, out Stack<BatchBuffers>? free))
            {
                free.TryPop(out buffers);
            }
        }

        buffers?.Invalidate();
        return buffers ?? new BatchBuffers(size);
    }

    /// <summary>Gives buffers back; what the pool does not keep is freed.</summary>
    public static void Return(BatchBuffers buffers)
    {
        lock (Free)
        {
            if (!Free.TryGetValue(buffers.TokenCount, out Stack<BatchBuffers>? free))
            {
                Free.Add(buffers.TokenCount, free = new Stack<BatchBuffers>(KeptOfEachSize));
            }

            if (free.Count < KeptOfEachSize)
            {
                free.Push(buffers);
                return;
            }
        }

        buffers.Dispose();
    }
}
