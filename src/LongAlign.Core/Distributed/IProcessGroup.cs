using static TorchSharp.torch;

namespace LongAlign.Distributed;

/// <summary>Processes that train together, each on a part of every step's batches; what else they share of a model, they exchange here.</summary>
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

    /// <summary>Adds up parts over all ranks and leaves each rank one part of the sum.</summary>
    /// <param name="parts">One part for each rank, in the order of ranks, [WorldSize * n]: float32 or float64 at least, contiguous. It may be overwritten. The caller keeps owning it.</param>
    /// <param name="sum">Gets the sum of the parts of this rank, [n], of the same dtype.</param>
    /// <exception cref="ProcessGroupException">The ranks did not meet.</exception>
    void ReduceScatterSum(Tensor parts, Tensor sum);

    /// <summary>Lays the tensors of all ranks side by side, on every rank.</summary>
    /// <param name="part">That of this rank, [n], contiguous; any dtype. The caller keeps owning it.</param>
    /// <param name="all">Gets those of all, in the order of ranks, [WorldSize * n], of the same dtype.</param>
    /// <exception cref="ProcessGroupException">The ranks did not meet.</exception>
    void AllGather(Tensor part, Tensor all);

    /// <summary>Gives each rank one part, and gets one from each.</summary>
    /// <param name="parts">One part for each rank, in the order of ranks, [WorldSize * n], contiguous; any dtype. The caller keeps owning it.</param>
    /// <param name="received">Gets what the ranks had for this one, in the order of ranks, [WorldSize * n], of the same dtype; another tensor than <paramref name="parts"/>.</param>
    /// <exception cref="ProcessGroupException">The ranks did not meet.</exception>
    void AllToAll(Tensor parts, Tensor received);

    /// <summary>Makes groups of some of the ranks; every rank calls it and is in one of them.</summary>
    /// <param name="color">At least 0: ranks of one color are a group, in the order of their ranks here.</param>
    /// <returns>The group of this rank; it ends with this one.</returns>
    /// <exception cref="ProcessGroupException">The ranks did not meet.</exception>
    IProcessGroup Split(int color);

    /// <summary>Waits until every rank has come here.</summary>
    /// <exception cref="ProcessGroupException">The ranks did not meet.</exception>
    void Barrier();
}
