using static TorchSharp.torch;

namespace LongAlign.Distributed.Mpi.Ranks;

/// <summary>A group that does something before one of its calls.</summary>
/// <param name="group">The group.</param>
/// <param name="before">Is told which call it is, from 0.</param>
internal sealed class CountedGroup(IProcessGroup group, Action<int> before) : IProcessGroup
{
    public int Rank => group.Rank;

    public int WorldSize => group.WorldSize;

    /// <summary>The calls so far.</summary>
    public int Calls { get; private set; }

    public void AllReduceSum(Tensor tensor) => Count(() => group.AllReduceSum(tensor));

    public void Broadcast(Tensor tensor, int root = 0) => Count(() => group.Broadcast(tensor, root));

    public void ReduceScatterSum(Tensor parts, Tensor sum) => Count(() => group.ReduceScatterSum(parts, sum));

    public void AllGather(Tensor part, Tensor all) => Count(() => group.AllGather(part, all));

    public void AllToAll(Tensor parts, Tensor received) => Count(() => group.AllToAll(parts, received));

    public IProcessGroup Split(int color) => group.Split(color);

    public void Barrier() => Count(group.Barrier);

    private void Count(Action call)
    {
        before(Calls++);
        call();
    }
}
