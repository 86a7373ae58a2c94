using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace LongAlign.Collation;

/// <summary>
/// Memory for the tensors of one batch, kept from batch to batch: fresh memory costs several times what writing it does. Pinned
/// where there is a CUDA device.
/// </summary>
internal sealed class BatchBuffers
{
    // Input ids, labels and positions, one after another: views of one memory, which autograd watches as one.
    private readonly Tensor _integers;
    private readonly Tensor _lossWeights;

    public BatchBuffers(int tokens)
    {
        TokenCount = tokens;
        _integers = Allocate(3L * tokens, ScalarType.Int64);
        _lossWeights = Allocate(tokens, ScalarType.Float32);
    }

    /// <summary>The most tokens that a batch in these buffers may have.</summary>
    public int TokenCount { get; }

    public Span<long> InputIds => Integers(0);

    public Span<long> Labels => Integers(1);

    public Span<long> PositionIds => Integers(2);

    public Span<float> LossWeights => MemoryMarshal.Cast<byte, float>(_lossWeights.bytes);

    /// <summary>The first tokens as tensors of a shape; they belong to no dispose scope.</summary>
    public BatchTensors View(params ReadOnlySpan<long> shape)
    {
        long[] sizes = shape.ToArray();
        long tokens = sizes.Aggregate((a, b) => a * b);
        return new BatchTensors(Part(_integers, 0), Part(_integers, 1), Part(_integers, 2), Part(_lossWeights, 0), this);

        Tensor Part(Tensor buffer, int index)
        {
            Tensor part = buffer.narrow(0, (long)index * TokenCount, tokens).DetachFromDisposeScope();
            if (sizes.Length == 1)
            {
                return part;
            }

            using (part)
            {
                return part.view(sizes).DetachFromDisposeScope();
            }
        }
    }

    /// <summary>
    /// Tells autograd that the memory changes: a backward pass that still needs the batch before then fails with libtorch's words
    /// instead of computing with other tokens.
    /// </summary>
    public void Invalidate()
    {
        foreach (Tensor buffer in new[] { _integers, _lossWeights })
        {
            using Tensor first = buffer.narrow(0, 0, 1);
            first.zero_().Dispose(); // a second handle to the same memory
        }
    }

    public void Dispose()
    {
        _integers.Dispose();
        _lossWeights.Dispose();
    }

    private Span<long> Integers(int index) => MemoryMarshal.Cast<byte, long>(_integers.bytes).Slice(index * TokenCount, TokenCount);

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
