using System.Collections.Concurrent;
using LongAlign.Distributed;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Distributed;

/// <summary>Ranks that are threads of the test. They add in the order of ranks, so that sums are the same to the bit.</summary>
internal sealed class ThreadProcessGroup : IProcessGroup
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Place _place;
    private int _splits;

    private ThreadProcessGroup(int rank, Place place)
    {
        Rank = rank;
        _place = place;
    }

    public int Rank { get; }

    public int WorldSize => _place.Tensors.Length;

    /// <summary>What each rank returned or threw.</summary>
    public static (T? Result, Exception? Fault)[] Run<T>(int worldSize, Func<IProcessGroup, T> body)
    {
        Place place = new(worldSize);
        (T? Result, Exception? Fault)[] outcomes = new (T?, Exception?)[worldSize];
        Thread[] threads = [.. Enumerable.Range(0, worldSize).Select(rank => new Thread(() =>
        {
            try
            {
                outcomes[rank].Result = body(new ThreadProcessGroup(rank, place));
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
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        Meet(tensor);
        Tensor sum = _place.Tensors[0]!.detach().clone();
        for (int rank = 1; rank < WorldSize; rank++)
        {
            sum.add_(_place.Tensors[rank]!);
        }

        Barrier();
        tensor.copy_(sum);
    }

    public void Broadcast(Tensor tensor, int root = 0)
    {
        using IDisposable noGrad = no_grad();
        Meet(tensor);
        if (Rank != root)
        {
            tensor.copy_(_place.Tensors[root]!);
        }

        Barrier();
    }

    public void ReduceScatterSum(Tensor parts, Tensor sum)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        Meet(parts);
        sum.copy_(_place.Tensors[0]!.view(WorldSize, -1)[Rank]);
        for (int rank = 1; rank < WorldSize; rank++)
        {
            sum.add_(_place.Tensors[rank]!.view(WorldSize, -1)[Rank]);
        }

        Barrier();
    }

    public void AllGather(Tensor part, Tensor all)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        Meet(part);
        all.copy_(cat([.. _place.Tensors!]));
        Barrier();
    }

    public void AllToAll(Tensor parts, Tensor received)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        Meet(parts);
        received.copy_(cat([.. _place.Tensors.Select(tensor => tensor!.view(WorldSize, -1)[Rank])]));
        Barrier();
    }

    public IProcessGroup Split(int color)
    {
        _place.Colors[Rank] = color;
        Barrier();
        int[] ranks = [.. Enumerable.Range(0, WorldSize).Where(rank => _place.Colors[rank] == color)];
        Place place = _place.Parts.GetOrAdd((_splits++, color), _ => new Place(ranks.Length));
        Barrier();
        return new ThreadProcessGroup(Array.IndexOf(ranks, Rank), place);
    }

    public void Barrier()
    {
        if (!_place.Barrier.SignalAndWait(Patience))
        {
            throw new ProcessGroupException($"A rank did not come, and rank {Rank} waited for it.");
        }
    }

    private void Meet(Tensor tensor)
    {
        _place.Tensors[Rank] = tensor;
        Barrier();
    }

    /// <summary>Where the ranks of a group meet.</summary>
    private sealed class Place(int ranks)
    {
        public Tensor?[] Tensors { get; } = new Tensor?[ranks];

        public int[] Colors { get; } = new int[ranks];

        public ConcurrentDictionary<(int Call, int Color), Place> Parts { get; } = new();

        public Barrier Barrier { get; } = new(ranks);
    }
}
