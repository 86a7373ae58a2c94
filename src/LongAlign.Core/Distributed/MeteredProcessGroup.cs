using System.Diagnostics;
using static TorchSharp.torch;

namespace LongAlign.Distributed;

/// <summary>A group whose time is told apart: ranks wait for each other before a call, then the call takes what communication takes.</summary>
internal sealed class MeteredProcessGroup(IProcessGroup group) : IProcessGroup
{
    public int Rank => group.Rank;

    public int WorldSize => group.WorldSize;

    /// <summary>The time that this rank has waited for others so far.</summary>
    public TimeSpan Waited { get; private set; }

    /// <summary>The time that calls have taken so far, counted from when all ranks had arrived.</summary>
    public TimeSpan Communicated { get; private set; }

    public void AllReduceSum(Tensor tensor) => Meter(() => group.AllReduceSum(tensor));

    public void Broadcast(Tensor tensor, int root = 0) => Meter(() => group.Broadcast(tensor, root));

    public void ReduceScatterSum(Tensor parts, Tensor sum) => Meter(() => group.ReduceScatterSum(parts, sum));

    public void AllGather(Tensor part, Tensor all) => Meter(() => group.AllGather(part, all));

    public void AllToAll(Tensor parts, Tensor received) => Meter(() => group.AllToAll(parts, received));

    public IProcessGroup Split(int color) => group.Split(color);

    public void Barrier() => group.Barrier();

    private void Meter(Action call)
    {
        if (WorldSize == 1)
        {
            call();
            return;
        }

        long came = Stopwatch.GetTimestamp();
        group.Barrier();
        Waited += Stopwatch.GetElapsedTime(came);
        long met = Stopwatch.GetTimestamp();
        call();
        Communicated += Stopwatch.GetElapsedTime(met);
    }
}
