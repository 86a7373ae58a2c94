using LongAlign.Distributed;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Distributed;

/// <summary>Ranks that are threads of the test. They add in the order of ranks, so that sums are the same to the bit.</summary>
internal sealed class ThreadProcessGroup : IProcessGroup
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Tensor?[] _tensors;
    private readonly Barrier _barrier;

    private ThreadProcessGroup(int rank, Tensor?[] tensors, Barrier barrier)
    {
        Rank = rank;
        _tensors = tensors;
        _barrier = barrier;
    }

    public int Rank { get; }

    public int WorldSize => _tensors.Length;

    /// <summary>What each rank returned or threw.</summary>
    public static (T? Result, Exception? Fault)[] Run<T>(int worldSize, Func<IProcessGroup, T> body)
    {
        Tensor?[] tensors = new Tensor?[worldSize];
        using Barrier barrier = new(worldSize);
        (T? Result, Exception? Fault)[] outcomes = new (T?, Exception?)[worldSize];
        Thread[] threads = [.. Enumerable.Range(0, worldSize).Select(rank => new Thread(() =>
        {
            try
            {
                outcomes[rank].Result = body(new ThreadProcessGroup(rank, tensors, barrier));
            }
            catch (Exception e)
            {
                outcomes[rank].Fault = e;
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        return outcomes;
    }

    /// <summary>What each rank returned; none may throw.</summary>
    public static T[] Results<T>(int worldSize, Func<IProcessGroup, T> body)
        => [.. Run(worldSize, body).Select(outcome => outcome.Fault is null ? outcome.Result! : throw new InvalidOperationException("A rank failed.", outcome.Fault))];

    public void AllReduceSum(Tensor tensor)
    {
        using IDisposable noGrad = no_grad();
        _tensors[Rank] = tensor;
        Barrier();
        using Tensor sum = _tensors[0]!.detach().clone();
        for (int rank = 1; rank < WorldSize; rank++)
        {
            sum.add_(_tensors[rank]!);
        }

        Barrier();
        tensor.copy_(sum);
    }

    public void Broadcast(Tensor tensor, int root = 0)
    {
        using IDisposable noGrad = no_grad();
        _tensors[Rank] = tensor;
        Barrier();
        if (Rank != root)
        {
            tensor.copy_(_tensors[root]!);
        }

        Barrier();
    }

    public void Barrier()
    {
        if (!_barrier.SignalAndWait(Patience))
        {
            throw new ProcessGroupException($"A rank did not come, and rank {Rank} waited for it.");
        }
    }
}
