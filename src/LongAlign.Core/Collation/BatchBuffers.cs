using System.Numerics;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace LongAlign.Collation;

/// <summary>
/// Memory for the tensors of one batch, kept from batch to batch: fresh memory costs several times what writing it does. Pinned
/// where there is a CUDA device. What no batch uses is kept for all collators of the process, like <c>ArrayPool.Shared</c>: a few of each size.
/// </summary>
internal sealed class BatchBuffers
{
    /// <summary>The batch in use, the batches that a loader makes ahead, and one spare.</summary>
    private const int KeptOfEachSize = 4;
    private const int SmallestSize = 1 << 10;

    private static readonly Dictionary<int, Stack<BatchBuffers>> Free = [];

    // Input ids, labels and positions, one after another: views of one memory, which autograd watches as one.
    private readonly Tensor _integers;
    private readonly Tensor _lossWeights;

    /// <summary>The most tokens that a batch in these buffers may have.</summary>
    private readonly int _size;

    private BatchBuffers(int tokens)
    {
        _size = tokens;
        _integers = Allocate(3L * tokens, ScalarType.Int64);
        _lossWeights = Allocate(tokens, ScalarType.Float32);
    }

    public Span<long> InputIds => Integers(0);

    public Span<long> Labels => Integers(1);

    public Span<long> PositionIds => Integers(2);

    public Span<float> LossWeights => MemoryMarshal.Cast<byte, float>(_lossWeights.bytes);

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

    /// <summary>Gives them back; what is not kept is freed.</summary>
    public void Return()
    {
        lock (Free)
        {
            if (!Free.TryGetValue(_size, out Stack<BatchBuffers>? free))
            {
                Free.Add(_size, free = new Stack<BatchBuffers>(KeptOfEachSize));
            }

            if (free.Count < KeptOfEachSize)
            {
                free.Push(this);
                return;
            }
        }

        _integers.Dispose();
        _lossWeights.Dispose();
    }

    /// <summary>The first tokens as tensors of a shape; they belong to no dispose scope.</summary>
    public (Tensor InputIds, Tensor Labels, Tensor PositionIds, Tensor LossWeights) View(long[] shape)
    {
        long tokens = shape.Aggregate((a, b) => a * b);
        return (Part(_integers, 0), Part(_integers, 1), Part(_integers, 2), Part(_lossWeights, 0));

        Tensor Part(Tensor buffer, int index)
        {
            Tensor part = buffer.narrow(0, (long)index * _size, tokens).DetachFromDisposeScope();
            if (shape.Length == 1)
            {
                return part;
            }

            using (part)
            {
                return part.view(shape).DetachFromDisposeScope();
            }
        }
    }

    /// <summary>
    /// Tells autograd that the memory changes: a backward pass that still needs the batch before then fails with libtorch's words
    /// instead of computing with other tokens.
    /// </summary>
    private void Invalidate()
    {
        foreach (Tensor buffer in new[] { _integers, _lossWeights })
        {
            using Tensor first = buffer.narrow(0, 0, 1);
            first.zero_().Dispose(); // a second handle to the same memory
        }
    }

    private Span<long> Integers(int index) => MemoryMarshal.Cast<byte, long>(_integers.bytes).Slice(index * _size, _size);

    private static Tensor Allocate(long count, ScalarType dtype)
    {
        Tensor buffer = empty(count, dtype).DetachFromDisposeScope();
        if (!cuda.is_available())
        {
            return buffer;
        }

        using (buffer)
        {
            return buffer.pin_memory().DetachFromDisposeScope();
        }
    }
}
