using static TorchSharp.torch;

namespace LongAlign.Distributed;

/// <summary>Processes that train together, each with all of the model and a part of every step's batches (data parallel training).</summary>
/// <remarks>
/// Every process of the group makes the same calls in the same order; a call returns when all of them have made it. One call at a
/// time, from any thread. An implementation throws <see cref="ProcessGroupException"/> where another process has failed, and never
/// waits for it without end.
/// </remarks>
public interface IProcessGroup
{
    /// <summary>This process, from 0 to <see cref="WorldSize"/> - 1.</summary>
    int Rank { get; }

    /// <summary>The number of processes.</summary>
    int WorldSize { get; }

    /// <summary>Replaces a tensor by the sum over all ranks, the same bits on each.</summary>
    /// <param name="tensor">
    /// Of the same shape and dtype on every rank: float32, float64 or int64 at least. On the CPU and contiguous, or whatever else the
    /// implementation takes. The caller keeps owning it.
    /// </param>
    /// <exception cref="ProcessGroupException">The ranks did not meet.</exception>
    void AllReduceSum(Tensor tensor);

    /// <summary>Replaces a tensor by that of one rank.</summary>
    /// <param name="tensor">Of the same shape and dtype on every rank; any dtype. The caller keeps owning it.</param>
    /// <param name="root">The rank whose tensor all get.</param>
    /// <exception cref="ProcessGroupException">The ranks did not meet.</exception>
    void Broadcast(Tensor tensor, int root = 0);

    /// <summary>Waits until every rank has come here.</summary>
    /// <exception cref="ProcessGroupException">The ranks did not meet.</exception>
    void Barrier();
}
